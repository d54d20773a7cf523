using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hedge.Storage.Io.Portable;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>What is added to the library's socket connection: its end, and writing while sending
/// fails.</summary>
[TestFixture]
[Category("fast")]
public sealed class PipedSocketTests
{
    private TaskCompletionSource _ended = null!;
    private int _endings;
    private Socket _client = null!;
    private Socket _server = null!;
    private PipedSocket _pipe = null!;

    [SetUp]
    public void Connect()
    {
        _endings = 0;
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using Socket listener = new(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);
        _client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _client.Connect(listener.LocalEndPoint!);
        _server = listener.Accept();
        _pipe = new PipedSocket(_server, () =>
        {
            Interlocked.Increment(ref _endings);
            _ended.TrySetResult();
        });
    }

    [TearDown]
    public void Disconnect()
    {
        _client.Dispose();
        _server.Dispose();
    }

    [Test]
    public async Task The_end_is_told_once_when_both_directions_have_ended()
    {
        _client.Shutdown(SocketShutdown.Send);
        ReadResult read = await _pipe.Input.ReadAsync();
        Assert.That(read.IsCompleted, Is.True);
        await _pipe.WriteAsync("late"u8.ToArray());
        byte[] got = new byte[16];
        Assert.That(await _client.ReceiveAsync(got), Is.EqualTo(4), "one direction has ended, not both");
        Assert.That(_endings, Is.Zero);

        _pipe.CompleteOutput();
        await _ended.Task.WaitAsync(CoreHost.Patience);
        Assert.That(await _client.ReceiveAsync(got), Is.Zero, "an orderly end");
        _pipe.Input.Complete();
        Assert.That((_endings, _server.SafeHandle.IsClosed), Is.EqualTo((1, true)));
    }

    [Test]
    public async Task An_abort_ends_a_connection_that_nobody_reads([Values] bool isFull)
    {
        Task waiting = isFull ? FillAsync() : Task.CompletedTask;
        _pipe.Abort();
        _pipe.CompleteOutput();
        _pipe.Input.Complete();
        await _ended.Task.WaitAsync(CoreHost.Patience);
        Assert.That(_endings, Is.EqualTo(1));
        await waiting.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(CoreHost.Patience);
    }

    [Test]
    public async Task A_write_after_a_failed_send_says_that_sending_has_ended()
    {
        Task waiting = FillAsync();
        _client.LingerState = new LingerOption(true, 0);
        _client.Dispose();
        await waiting.ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(CoreHost.Patience);
        // Each write is refused in one of these two ways, whenever the library learns of the reset.
        byte[] bytes = new byte[1000];
        for (int refused = 0; refused < 100;)
        {
            try
            {
                if ((await _pipe.WriteAsync(bytes)).IsCompleted) refused++;
            }
            catch (Exception failure) when (SocketErrno.IsFailure(failure))
            {
                refused++;
            }
        }

        await _ended.Task.WaitAsync(CoreHost.Patience);
        _pipe.CompleteOutput();
        _pipe.Input.Complete();
        Assert.That(_endings, Is.EqualTo(1), "a failed send ends the receive loop as well");
    }

    /// <summary>Writes more than the sockets hold, so that the flush waits for a client who does not
    /// read.</summary>
    private Task<FlushResult> FillAsync()
    {
        Task<FlushResult> waiting = _pipe.WriteAsync(new byte[32 * 1024 * 1024]).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        return waiting;
    }
}
