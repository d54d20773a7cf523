using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using NUnit.Framework;

namespace Hedge.Tests.Io;

[TestFixture(IoMode.Uring)]
[TestFixture(IoMode.Portable)]
[Category("fast")]
public sealed class TransportTests(IoMode mode)
{
    private CoreHost _host = null!;
    private TestHandler _handler = null!;
    private IPEndPoint _address = null!;

    [SetUp]
    public void Start()
    {
        if (mode == IoMode.Uring && CoreIoFactory.Probe(IoMode.Auto).Mode != IoMode.Uring)
            Assert.Ignore("io_uring is not to be had here");
        // Few small buffers: running out of them is part of every larger transfer.
        CoreIoOptions options = new()
        {
            ReceiveBuffers = 8,
            ReceiveBufferBytes = 4096,
            SubmissionEntries = 16,
            CompletionEntries = 64,
        };
        _host = new CoreHost(mode, io => _handler = new TestHandler(io), options);
        _address = (IPEndPoint)_host.Listen();
    }

    [TearDown]
    public void Stop() => _host?.Dispose();

    [Test]
    public async Task Several_clients_get_every_byte_back_in_order([Values(1, 8)] int clients)
    {
        const int Bytes = 3 * 1024 * 1024;
        Task[] running = [.. Enumerable.Range(0, clients).Select(client => EchoAsync(client, Bytes))];
        await Task.WhenAll(running).WaitAsync(CoreHost.Patience);
        await Until(() => _handler.ClosedCount == clients, "all connections are closed");
        Assert.That(_handler.Hangups, Is.EqualTo(new int[clients]), "every end was orderly");
    }

    [Test]
    public async Task A_client_that_reads_late_loses_nothing_and_drains()
    {
        const int Bytes = 24 * 1024 * 1024;
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() => Write(0, 0, Bytes));
        // More is written, also with growth of the buffer, while the kernel is reading from it.
        _host.Run(() => Write(0, Bytes, Bytes));
        long pending = _host.Run(() => _handler.Outputs[0].Length);
        Assert.That(pending, Is.GreaterThan(Bytes), "the client has yet to read most of it");
        Assert.That(_handler.DrainedCount, Is.Zero);

        await ExpectPatternAsync(client, 2 * Bytes);
        await Until(() => _handler.DrainedCount == 1, "drained once");
        Assert.That(_host.Run(() => _handler.Outputs[0].Length), Is.Zero);
    }

    [Test]
    public async Task Only_flushed_bytes_are_sent()
    {
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() =>
        {
            OutputBuffer output = _handler.Outputs[0];
            "helloHELD"u8.CopyTo(output.GetSpan(9));
            output.Advance(9);
            _host.Io.Transport.Flush(0, 5);
        });
        byte[] got = new byte[16];
        Assert.That(await client.ReceiveAsync(got).WaitAsync(CoreHost.Patience), Is.EqualTo(5));
        await Until(() => _host.Run(() => _handler.Outputs[0].Length) == 4, "the rest stays");
        _host.Run(() =>
        {
            _handler.Outputs[0].Rewind(0);
            "more"u8.CopyTo(_handler.Outputs[0].GetSpan(4));
            _handler.Outputs[0].Advance(4);
            _host.Io.Transport.Flush(0, 4);
        });
        Assert.That(await client.ReceiveAsync(got).WaitAsync(CoreHost.Patience), Is.EqualTo(4));
        Assert.That(got[..4], Is.EqualTo("more"u8.ToArray()));
    }

    [Test]
    public async Task A_paused_connection_receives_nothing_until_it_is_resumed()
    {
        _handler.RecordedConnection = 0;
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() => _host.Io.Transport.PauseReceive(0));
        byte[] data = Pattern(0, 16 * 1024 * 1024);
        Task sending = SendAllAsync(client, data);
        // The other connection's echo shows that the core has had its turns.
        for (int i = 0; i < 20; i++) await EchoAsync(i, 1000);
        Assert.That(sending.IsCompleted, Is.False, "16 MiB do not fit between the two");
        long before = Interlocked.Read(ref _handler.ReceivedBytes);
        Assert.That(before, Is.LessThan(8 * 1024 * 1024));
        for (int i = 0; i < 3; i++)
        {
            _host.Run(() => _host.Io.Transport.ResumeReceive(0));
            _host.Run(() => _host.Io.Transport.PauseReceive(0));
        }

        _host.Run(() => _host.Io.Transport.ResumeReceive(0));
        await sending.WaitAsync(CoreHost.Patience);
        await Until(() => _handler.Recorded.Count >= data.Length, "all arrived");
        byte[] recorded = _host.Run(() => _handler.Recorded.ToArray());
        Assert.That(recorded.AsSpan().SequenceEqual(data), "in order and whole");
    }

    [Test]
    public async Task A_half_closed_client_still_gets_its_answers()
    {
        using Socket client = await ConnectAsync();
        byte[] data = Pattern(0, 8 * 1024 * 1024);
        Task sending = SendAllAsync(client, data).ContinueWith(
            _ => client.Shutdown(SocketShutdown.Send), TaskScheduler.Default);
        await ExpectPatternAsync(client, data.Length);
        await sending;
        Assert.That(await client.ReceiveAsync(new byte[1]), Is.Zero, "then the server closes");
        await Until(() => _handler.ClosedCount == 1, "closed");
    }

    [Test]
    public async Task Resets_end_connections_and_disturb_no_others()
    {
        Task other = EchoAsync(7, 4 * 1024 * 1024);
        for (int i = 0; i < 50; i++)
        {
            Socket client = await ConnectAsync();
            await client.SendAsync(Pattern(0, 100_000));
            client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        await other.WaitAsync(CoreHost.Patience);
        await Until(() => _handler.ClosedCount == 51, "all are closed");
    }

    [Test]
    public async Task A_reset_while_a_send_waits_is_a_hangup()
    {
        Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() => Write(0, 0, 32 * 1024 * 1024));
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();
        await Until(() => _handler.ClosedCount == 1, "closed");
        Assert.That(_handler.Hangups.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task Closing_gently_sends_what_is_flushed_first()
    {
        const int Bytes = 16 * 1024 * 1024;
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() =>
        {
            Write(0, 0, Bytes);
            _host.Io.Transport.Close(0, abort: false);
        });
        await ExpectPatternAsync(client, Bytes);
        Assert.That(await client.ReceiveAsync(new byte[1]), Is.Zero);
        await Until(() => _handler.ClosedCount == 1, "closed");
        Assert.That(_handler.Hangups, Is.Empty);
    }

    [Test]
    public async Task A_connection_closed_in_the_batch_of_its_bytes_gets_its_answer_first()
    {
        _host.Run(() => _handler.IsQuitting = true);
        for (int i = 0; i < 20; i++) await EchoAsync(i, 500);
        await Until(() => _handler.ClosedCount == 20, "all are closed");
        Assert.That(_handler.Hangups, Is.Empty);
    }

    [Test]
    public async Task A_client_that_only_sends_can_be_closed([Values] bool isPaused, [Values] bool abort)
    {
        _handler.RecordedConnection = 0;
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        if (isPaused) _host.Run(() => _host.Io.Transport.PauseReceive(0));
        Task sending = SendAllAsync(client, new byte[64 * 1024 * 1024]);
        for (int i = 0; i < 5; i++) await EchoAsync(i, 1000);
        _host.Run(() => _host.Io.Transport.Close(0, abort));
        await Until(() => _handler.ClosedCount >= 6, "closed");
        // The sender meets the closed socket, unless it was done before.
        await Task.WhenAny(sending).WaitAsync(CoreHost.Patience);
    }

    [Test]
    public async Task Aborting_does_not_wait_for_a_client_that_does_not_read([Values] bool isGentleFirst)
    {
        using Socket client = await ConnectAsync();
        await Until(() => _handler.AcceptedCount == 1, "adopted");
        _host.Run(() => Write(0, 0, 32 * 1024 * 1024));
        if (isGentleFirst) _host.Run(() => _host.Io.Transport.Close(0, abort: false));
        Assert.That(_handler.ClosedCount, Is.Zero);
        _host.Run(() => _host.Io.Transport.Close(0, abort: true));
        await Until(() => _handler.ClosedCount == 1, "closed");
    }

    [Test]
    public async Task Thousands_of_short_connections_reuse_indexes_and_leave_no_descriptor_behind()
    {
        await EchoAsync(0, 100);
        await Until(() => _handler.ClosedCount == 1, "closed");
        int before = OpenDescriptors();
        const int Workers = 4, Each = 500;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            for (int i = 0; i < Each; i++) await EchoAsync(worker, 64);
        })).WaitAsync(CoreHost.Patience);
        await Until(() => _handler.ClosedCount == 1 + Workers * Each, "all are closed");
        Assert.That(_handler.MaxIndex, Is.LessThan(Workers * Each), "indexes were used again");
        await Until(() => OpenDescriptors() <= before, "no descriptor is left");
    }

    [Test]
    public async Task Nobody_is_accepted_after_listening_stops()
    {
        await EchoAsync(0, 100);
        _host.Run(() => _host.Io.Transport.AcceptFrom([]));
        Assert.ThrowsAsync<SocketException>(() => ConnectAsync());
    }

    [Test]
    public void A_taken_address_is_a_listen_exception()
    {
        ListenException failure = Assert.Throws<ListenException>(
            () => _host.OpenSocket(_address))!;
        Assert.That(failure.ErrorNumber, Is.EqualTo(98));
        Assert.That(failure.Message, Does.Contain("Address already in use"));
    }

    [Test]
    public async Task Addresses_of_both_ends_are_known()
    {
        EndPoint? remote = null;
        EndPoint? local = null;
        using CoreHost host = new(
            mode, io => new Refusing(socket => (remote, local) = (socket.Remote, socket.Local)));
        EndPoint address = host.Listen();
        using Socket client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(address);
        Assert.That(await client.ReceiveAsync(new byte[1]).WaitAsync(CoreHost.Patience), Is.Zero, "refused");
        Assert.That(local, Is.EqualTo(address));
        Assert.That(((IPEndPoint)remote!).Port, Is.EqualTo(((IPEndPoint)client.LocalEndPoint!).Port));
    }

    /// <summary>Open sockets, rings and files, without what the runtime opens when it loads code.</summary>
    internal static int OpenDescriptors()
    {
        int count = 0;
        foreach (string entry in Directory.GetFileSystemEntries("/proc/self/fd"))
        {
            string? target = null;
            try
            {
                target = new FileInfo(entry).LinkTarget;
            }
            catch (IOException)
            {
                // The descriptor of the directory listing itself, closed by now.
            }

            if (target == null || target.EndsWith(".dll") || target.EndsWith(".pdb")) continue;
            bool isRuntimes = target.StartsWith("pipe:") || target.StartsWith("/dev/")
                || target.StartsWith("/proc/");
            if (!isRuntimes) count++;
        }

        return count;
    }

    private static byte[] Pattern(int from, int length)
    {
        byte[] data = new byte[length];
        Fill(data, from);
        return data;
    }

    private static void Fill(Span<byte> data, int from)
    {
        for (int i = 0; i < data.Length; i++)
        {
            uint at = (uint)(from + i);
            data[i] = (byte)(at ^ (at >> 8) ^ (at >> 15));
        }
    }

    private static async Task SendAllAsync(Socket client, byte[] data)
    {
        for (int sent = 0; sent < data.Length;)
            sent += await client.SendAsync(data.AsMemory(sent, Math.Min(70_000, data.Length - sent)));
    }

    private static async Task ExpectPatternAsync(Socket client, int length)
    {
        byte[] got = new byte[length];
        for (int at = 0; at < length;)
        {
            int count = await client.ReceiveAsync(got.AsMemory(at)).AsTask().WaitAsync(CoreHost.Patience);
            Assert.That(count, Is.GreaterThan(0), $"the stream ended after {at} bytes");
            at += count;
        }

        Assert.That(got.AsSpan().SequenceEqual(Pattern(0, length)), "every byte in its place");
    }

    private static async Task Until(Func<bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(CoreHost.Patience), $"in time: {what}");
            await Task.Delay(1);
        }
    }

    private void Write(int connection, int from, int length)
    {
        OutputBuffer output = _handler.Outputs[connection];
        for (int done = 0; done < length;)
        {
            int count = Math.Min(length - done, 100_000);
            Fill(output.GetSpan(count)[..count], from + done);
            output.Advance(count);
            done += count;
        }

        _host.Io.Transport.Flush(connection, output.Length);
    }

    private async Task<Socket> ConnectAsync()
    {
        Socket client = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await client.ConnectAsync(_address);
        return client;
    }

    private async Task EchoAsync(int seed, int bytes)
    {
        using Socket client = await ConnectAsync();
        byte[] data = Pattern(seed, bytes);
        Task sending = SendAllAsync(client, data);
        byte[] got = new byte[bytes];
        for (int at = 0; at < bytes;)
        {
            int count = await client.ReceiveAsync(got.AsMemory(at)).AsTask().WaitAsync(CoreHost.Patience);
            Assert.That(count, Is.GreaterThan(0), $"the stream ended after {at} bytes");
            at += count;
        }

        await sending;
        Assert.That(got.AsSpan().SequenceEqual(data), "every byte in its place");
    }

    private sealed unsafe class Refusing(Action<AcceptedSocket> accepted) : ITransportHandler
    {
        public void Accepted(AcceptedSocket socket)
        {
            accepted(socket);
            socket.Dispose();
        }

        public void Received(int connection, byte* data, int length)
        {
        }

        public void Hangup(int connection, int errno)
        {
        }

        public void Drained(int connection)
        {
        }

        public void Closed(int connection)
        {
        }

        public void EndOfBatch()
        {
        }
    }
}
