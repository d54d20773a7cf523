using System.Collections.Concurrent;
using System.Net;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Portable;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>
/// One core's I/O on a thread of its own, with the handler of a test and work posted from the test's thread.
/// </summary>
internal sealed class CoreHost : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource<ICoreIo> _created =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isStopping;
    private Exception? _failure;

    public CoreHost(IoMode mode, Func<ICoreIo, ITransportHandler> handler, CoreIoOptions? options = null)
        : this(CoreIoFactory.Probe(mode, options).Create, handler)
    {
    }

    public CoreHost(Func<ICoreIo> create, Func<ICoreIo, ITransportHandler> handler)
    {
        _thread = new Thread(() => Run(create, handler)) { IsBackground = true, Name = "test core" };
        _thread.Start();
        Io = _created.Task.WaitAsync(Patience).GetAwaiter().GetResult();
    }

    public ICoreIo Io { get; }

    /// <summary>Runs on the core's thread and waits for the result.</summary>
    public T Run<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _posted.Enqueue(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception failure)
            {
                done.SetException(failure);
            }
        });
        Io.Wake();
        return done.Task.WaitAsync(Patience).GetAwaiter().GetResult();
    }

    public void Run(Action work) => Run(() =>
    {
        work();
        return true;
    });

    /// <summary>Accepts clients of a free port, or of that address, and of no other.</summary>
    public EndPoint Listen(EndPoint? address = null)
    {
        ListeningSocket socket = OpenSocket(address);
        Run(() => Io.Transport.AcceptFrom([socket]));
        return socket.Bound;
    }

    /// <summary>A socket for the core's kind of I/O.</summary>
    public ListeningSocket OpenSocket(EndPoint? address = null) =>
        CoreIoFactory.Probe(Io is PortableCoreIo ? IoMode.Portable : IoMode.Uring)
            .Listen(new ListenAddress(address ?? new IPEndPoint(IPAddress.Loopback, 0), Backlog: 511));

    public void Dispose()
    {
        _isStopping = true;
        Io.Wake();
        Assert.That(_thread.Join(Patience), "the core ends");
        Assert.That(_failure, Is.Null, "the core ran without an exception");
    }

    private void Run(Func<ICoreIo> create, Func<ICoreIo, ITransportHandler> make)
    {
        try
        {
            using ICoreIo io = create();
            ITransportHandler handler = make(io);
            _created.SetResult(io);
            while (!_isStopping)
            {
                while (_posted.TryDequeue(out Action? work)) work();
                if (io.Poll(handler) > 0) io.Submit();
                else io.Wait(-1);
            }
        }
        catch (Exception failure)
        {
            _failure = failure;
            _created.TrySetException(failure);
        }
    }
}
