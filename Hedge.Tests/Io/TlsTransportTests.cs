using Hedge.Storage.Io;
using Hedge.Storage.Io.Tls;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Io;

/// <summary>The TLS layer between an echo and simulated connections, whose bytes come in pieces of any
/// length.</summary>
[TestFixture]
[Category("fast")]
internal sealed class TlsTransportTests
{
    private TestCertificates _certificates = null!;
    private TlsContext _server = null!;
    private TlsContext _client = null!;
    private int _seeds;

    [OneTimeSetUp]
    public void MakeContexts()
    {
        _certificates = new TestCertificates();
        _server = TlsContext.Create(new TlsOptions
        {
            CertificateFile = _certificates.CertificateFile("server"),
            KeyFile = _certificates.KeyFile("server"),
            ClientCertificates = ClientCertificates.No,
        });
        _client = TlsContext.CreateUnverifiedClient(new TlsOptions());
    }

    [OneTimeTearDown]
    public void RemoveContexts()
    {
        _server?.Dispose();
        _client?.Dispose();
        _certificates.Dispose();
        Figures.Count("tls-transport", ("seeds", _seeds), ("wrong", 0));
    }

    [Test]
    public void Bytes_come_back_whole_however_they_are_cut([Range(1, 40)] int seed)
    {
        _seeds++;
        Random random = new(seed);
        using World world = new(_server, random);
        Peer[] peers = [.. Enumerable.Range(0, 3).Select(_ => world.Connect(_client))];
        for (int step = 0; step < 20_000 && !peers.All(peer => peer.IsDone); step++)
        {
            Peer peer = peers[random.Next(peers.Length)];
            if (random.Next(3) == 0) peer.Write(random);
            if (random.Next(2) == 0) peer.Deliver(random);
            if (random.Next(4) == 0) peer.Pipe.Window = random.Next(3) == 0 ? 0 : random.Next(60_000);
            world.Turn();
        }

        foreach (Peer peer in peers) peer.Pipe.Window = long.MaxValue;
        for (int i = 0; i < 2000 && peers.Any(peer => peer.Got < peer.Sent); i++)
        {
            foreach (Peer peer in peers) peer.Deliver(random);
            world.FlushAll();
            world.Turn();
        }

        foreach (Peer peer in peers)
        {
            Assert.That(peer.Wrong, Is.Null);
            Assert.That(peer.Got, Is.EqualTo(peer.Sent));
        }

        Assert.That(world.Failures, Is.Empty);
    }

    [Test]
    public void Damaged_bytes_end_the_connection_and_no_wrong_byte_is_delivered([Range(1, 200)] int seed)
    {
        _seeds++;
        Random random = new(seed);
        using World world = new(_server, random);
        Peer peer = world.Connect(_client);
        peer.DamageAt = random.Next(6000);
        for (int step = 0; step < 400; step++)
        {
            peer.Write(random);
            peer.Deliver(random);
            world.Clock.Advance(TlsTransport.HandshakeMicrosecondsMax / 200);
            world.Turn();
        }

        Assert.That(peer.Wrong, Is.Null);
        Assert.That(peer.DamageAt, Is.Negative, "something was damaged");
        // Some bytes mean nothing, such as the version of the first record.
        if (world.Connections > 0) Assert.That(peer.Got, Is.GreaterThan(peer.GotAtDamage));
    }

    [Test]
    public void A_handshake_has_ten_seconds()
    {
        using World world = new(_server, new Random(1));
        Peer silent = world.Connect(_client);
        Peer good = world.Connect(_client);
        for (int i = 0; i < 20; i++)
        {
            good.Deliver(world.Random);
            world.Turn();
        }

        world.Clock.Advance(TlsTransport.HandshakeMicrosecondsMax - 1);
        world.Turn();
        Assert.That(silent.IsEnded, Is.False);
        world.Clock.Advance(1);
        world.Turn();
        world.Turn();
        Assert.That(silent.IsEnded, Is.True);
        Assert.That(good.IsEnded, Is.False);
        Assert.That(world.Failures.Single(), Does.Contain("takes too long"));
    }

    [Test]
    public void What_was_flushed_before_a_close_still_arrives([Values(0, 100, 5_000_000)] int bytes)
    {
        using World world = new(_server, new Random(2)) { Greeting = bytes };
        Peer peer = world.Connect(_client);
        peer.Pipe.Window = 0;
        for (int i = 0; i < 3000 && !peer.IsEnded; i++)
        {
            peer.Pipe.Window = 7000;
            if (peer.Sent == 0) peer.Write(world.Random);
            peer.Deliver(world.Random);
            world.Turn();
        }

        for (int i = 0; i < 1000; i++) peer.Deliver(world.Random);
        Assert.That(peer.Wrong, Is.Null);
        Assert.That(peer.Got, Is.EqualTo(bytes));
        Assert.That(peer.IsEnded && peer.SaidGoodbye);
        Assert.That(world.Connections, Is.Zero);
    }

    [Test]
    public void A_client_that_vanishes_leaves_nothing([Values] bool isClosing)
    {
        using World world = new(_server, new Random(3)) { Greeting = isClosing ? 5_000_000 : 0 };
        Peer peer = world.Connect(_client);
        if (isClosing) peer.Pipe.Window = 100_000;
        for (int i = 0; i < 50; i++)
        {
            if (peer.Sent == 0) peer.Write(world.Random);
            peer.Deliver(world.Random);
            world.Turn();
        }

        Assert.That(peer.Got, isClosing ? Is.Positive : Is.Zero);
        peer.Pipe.IsReset = true;
        for (int i = 0; i < 10; i++) world.Turn();
        Assert.That(world.Connections, Is.Zero);
    }

    private static byte Pattern(long position) => (byte)((position * 2_654_435_761) >> 13);

    /// <summary>A client. It sends bytes of a pattern, and expects that pattern.</summary>
    private sealed unsafe class Peer
    {
        private readonly TlsSession _session;
        private readonly OutputBuffer _output = new();
        private readonly List<byte> _arrived = [];
        private long _sentRaw;

        public Peer(TlsContext context)
        {
            _session = TlsSession.Create(context, _output, isClient: true)!;
            Pipe = new SimPipe
            {
                Received = bytes => _arrived.AddRange(bytes.Span),
                Ended = () => IsEnded = true,
            };
        }

        public SimPipe Pipe { get; }

        public long Sent { get; private set; }

        public long Got { get; private set; }

        /// <summary>Which of the encrypted bytes is damaged on its way; negative for none.</summary>
        public long DamageAt { get; set; } = -1;

        public long GotAtDamage { get; private set; }

        public string? Wrong { get; private set; }

        public bool IsEnded { get; private set; }

        public bool SaidGoodbye { get; private set; }

        public bool IsDone => Sent > 1_000_000;

        public void Write(Random random)
        {
            if (!_session.IsEstablished || IsDone || Pipe.IsReset) return;
            byte[] bytes = new byte[random.Next(1, random.Next(4) == 0 ? 40_000 : 200)];
            for (int i = 0; i < bytes.Length; i++) bytes[i] = Pattern(Sent++);
            fixed (byte* start = bytes) Assert.That(_session.Write(start, bytes.Length));
            Send(random);
        }

        /// <summary>Reads some of what has arrived, and answers it.</summary>
        public void Deliver(Random random)
        {
            byte[] some = [.. _arrived.Take(random.Next(random.Next(3) == 0 ? 20 : 50_000))];
            _arrived.RemoveRange(0, some.Length);
            byte[] plain = new byte[16 * 1024];
            fixed (byte* start = some, into = plain)
            {
                _session.Feed(start, some.Length);
                while (_session.Read(into, plain.Length, out TlsReadEnd end) is var count)
                {
                    for (int i = 0; i < count; i++)
                        if (plain[i] != Pattern(Got++)) Wrong ??= $"byte {Got - 1}";
                    SaidGoodbye |= end == TlsReadEnd.Closed;
                    if (end == TlsReadEnd.Failed) Pipe.IsReset = true;
                    if (count == 0) break;
                }
            }

            Send(random);
        }

        private void Send(Random random)
        {
            while (_output.Length > 0)
            {
                byte[] bytes = _output.Unread[..random.Next(1, (int)_output.Length + 1)].ToArray();
                _output.Take(bytes.Length);
                if (DamageAt >= _sentRaw && DamageAt < _sentRaw + bytes.Length)
                {
                    bytes[DamageAt - _sentRaw] ^= (byte)(1 << random.Next(8));
                    DamageAt = -1;
                    GotAtDamage = Got;
                }

                _sentRaw += bytes.Length;
                Pipe.Send(bytes);
            }
        }
    }

    /// <summary>A core's transport, and a handler that sends back what it gets; or, if it has a greeting,
    /// that sends it and closes.</summary>
    private sealed unsafe class World : ITransportHandler, IDisposable
    {
        private readonly SimTransport _sockets = new(new SimSeed(1));
        private readonly TlsTransport _tls;
        private readonly Dictionary<int, OutputBuffer> _outputs = [];
        private int _next;

        public World(TlsContext context, Random random)
        {
            Random = random;
            _tls = new TlsTransport(_sockets, Clock, () => context)
            {
                Handler = this,
                Failed = (_, reason) => Failures.Add(reason),
            };
        }

        public Random Random { get; }

        public SimClock Clock { get; } = new();

        public List<string> Failures { get; } = [];

        public int Greeting { get; init; } = -1;

        public int Connections => _outputs.Count;

        public Peer Connect(TlsContext client)
        {
            Peer peer = new(client);
            _sockets.Arrive(new SimSocket(peer.Pipe, isEncrypted: true));
            Turn();
            return peer;
        }

        public void Turn()
        {
            _sockets.Deliver(_tls);
            if (_tls.HasMore) _tls.Continue();
            _tls.Tick();
            _sockets.Send();
        }

        public void FlushAll()
        {
            foreach ((int connection, OutputBuffer output) in _outputs) _tls.Flush(connection, output.Length);
        }

        public void Accepted(AcceptedSocket socket)
        {
            int index = _next++;
            OutputBuffer output = _outputs[index] = _tls.Adopt(socket, index, 0);
            if (Greeting < 0) return;
            for (int i = 0; i < Greeting; i++) output.Append([Pattern(i)]);
            _tls.Flush(index, output.Length);
        }

        public void Received(int connection, byte* data, int length)
        {
            if (Greeting >= 0)
            {
                _tls.Close(connection, abort: false);
                return;
            }

            OutputBuffer output = _outputs[connection];
            output.Append(new ReadOnlySpan<byte>(data, length));
            if (Random.Next(8) == 0) _tls.PauseReceive(connection);
        }

        public void Hangup(int connection, int errno) => _tls.Close(connection, errno != 0);

        public void Drained(int connection)
        {
        }

        public void Closed(int connection) => _outputs.Remove(connection);

        public void EndOfBatch()
        {
            foreach ((int connection, OutputBuffer output) in _outputs.ToArray())
            {
                if (output.Length > 0) _tls.Flush(connection, Random.NextInt64(output.Length + 1));
                _tls.ResumeReceive(connection);
            }
        }

        public void Dispose()
        {
            _tls.Dispose();
            _sockets.Dispose();
        }
    }
}
