using System.Net;
using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Resp;
using Hedge.Storage.Io;
using Hedge.Tests.Commands.Administration;
using Hedge.Tests.Commands.Connections;

namespace Hedge.Tests.Commands;

/// <summary>
/// Runs commands against <see cref="MemoryDatabases"/> without sockets, cores or disk: look-up, arity,
/// execution, restarts. Checks that a run either missed or gave exactly one reply.
/// </summary>
public sealed unsafe class CommandHarness : IDisposable
{
    private const int RestartsMax = 10_000;

    private readonly CommandContext _context = new() { Tracking = new NoTracking() };
    private readonly OutputBuffer _output = new();
    private readonly RespWriter _reply = new();
    private readonly CursorTable[] _cursors;

    public CommandHarness(bool missesFirst = false, Server? server = null)
    {
        Server = server ?? new Server(AllCommands.Table());
        Databases.MissesFirst = missesFirst;
        Session = new Session
        {
            Id = 1,
            Remote = new IPEndPoint(IPAddress.Loopback, 50_000),
            Local = new IPEndPoint(IPAddress.Loopback, 6379),
            Authenticated = true,
        };
        Seed = new CountingSeed(42);
        Clients = new FakeClients(Session);
        Server.Clients = Clients;
        Server.Checkpoints = Checkpoints;
        _cursors = new CursorTable[Databases.PartitionCount];
        for (int i = 0; i < _cursors.Length; i++) _cursors[i] = new CursorTable(i, _cursors.Length, Seed);
        _context.KeyspaceOf = database => Databases[database];
        _context.Notifier = (kind, keyEvent, key, database) =>
        {
            if (Databases.Missed) throw new InvalidOperationException("An event after a miss");
            // The look-ups' own misses are the real keyspace's to tell.
            if (kind == KeyspaceEvents.KeyMiss) return;
            string where = database == Session.Database ? "" : $" @{database}";
            Events.Add($"{Encoding.Latin1.GetString(keyEvent)} {Encoding.Latin1.GetString(key)}{where}");
        };
        Server.NotifiesKeyspaceEvents = true;
    }

    public MemoryDatabases Databases { get; } = new();

    public Server Server { get; }

    /// <summary>The clients that commands see, the harness's own session among them.</summary>
    public FakeClients Clients { get; }

    /// <summary>The checkpoints that SAVE and BGSAVE ask for.</summary>
    public FakeCheckpoints Checkpoints { get; } = new();

    public Session Session { get; set; }

    public ISeed Seed { get; set; }

    /// <summary>RESP version of the replies.</summary>
    public int Protocol
    {
        get => Session.Protocol;
        set => Session.Protocol = value;
    }

    /// <summary>Keyspace events since the start, as "event key",
    /// with " @database" for another than the session's.</summary>
    public List<string> Events { get; } = [];

    /// <summary>How long the last command waited (RetryAt), in milliseconds; the clock is moved on by
    /// it.</summary>
    public long WaitedMilliseconds { get; private set; }

    /// <summary>How often the last command was run.</summary>
    public int Runs { get; private set; }

    /// <summary>The context commands run with, for tests that need more of it.</summary>
    public CommandContext Context => _context;

    /// <summary>Runs a command line (words by <see cref="CommandLine"/>) and answers the reply as text
    /// (Latin-1).</summary>
    public string Run(string line) => Encoding.Latin1.GetString(Execute(CommandLine.Split(line)));

    /// <summary>Runs a command and answers the reply's bytes.</summary>
    public byte[] Execute(params string[] arguments) =>
        Execute(Array.ConvertAll(arguments, Encoding.Latin1.GetBytes));

    /// <summary>Runs a command and answers the reply's bytes.</summary>
    public byte[] Execute(byte[][] arguments)
    {
        byte[] pinned =
            GC.AllocateUninitializedArray<byte>(Math.Max(arguments.Sum(a => a.Length), 1), pinned: true);
        _context.Request = new Request();
        _context.Request.Reserve(arguments.Length);
        fixed (byte* start = pinned)
        {
            byte* next = start;
            for (int i = 0; i < arguments.Length; i++)
            {
                arguments[i].CopyTo(new Span<byte>(next, arguments[i].Length));
                _context.Request.SetArgument(i, next, arguments[i].Length);
                next += arguments[i].Length;
            }

            _reply.Reset(_output, Session.Protocol);
            if (Dispatch(arguments) is { } command) RunUntilResident(command);
        }

        byte[] reply = _output.Unread.ToArray();
        _output.Take(_output.Length);
        if (ReplyReader.LengthOf(reply) != reply.Length)
            throw new InvalidOperationException($"Not exactly one reply: {Encoding.Latin1.GetString(reply)}");
        return reply;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Databases.Dispose();
        _output.Dispose();
    }

    private Command? Dispatch(byte[][] arguments)
    {
        string Text(int index, int max) => Encoding.Latin1.GetString(arguments[index].AsSpan(0,
            Math.Min(max, arguments[index].Length)));

        Command? command = Server.Commands.Find(arguments[0]);
        if (command == null)
        {
            string rest =
                string.Concat(Enumerable.Range(1, arguments.Length - 1).Select(i => $"'{Text(i, 128)}' "));
            _reply.Error($"ERR unknown command '{Text(0, 128)}', with args beginning with: {rest}");
            return null;
        }

        if (command.Subcommands.Count > 0 && arguments.Length > 1)
        {
            Command? subcommand = command.FindSubcommand(arguments[1]);
            if (subcommand == null)
            {
                string container = Text(0, 128).ToUpperInvariant();
                _reply.Error($"ERR unknown subcommand '{Text(1, 128)}'. Try {container} HELP.");
                return null;
            }

            command = subcommand;
        }

        if (command.Accepts(arguments.Length)) return command;
        string name = command.Spec.Name.ToLowerInvariant();
        _reply.Error($"ERR wrong number of arguments for '{name}' command");
        return null;
    }

    private void RunUntilResident(Command command)
    {
        _context.Spec = command.Spec;
        _context.Keys = Databases[Session.Database];
        _context.Databases = Databases;
        _context.Session = Session;
        _context.Server = Server;
        _context.NowMilliseconds = Databases.NowMilliseconds;
        _context.Clock = new FixedClock(Databases);
        _context.Seed = Seed;
        _context.Progress = null;
        _context.Reply = _reply;
        WaitedMilliseconds = 0;
        _context.CursorsOf = partition => _cursors[partition];
        Databases.BeginCommand();
        for (Runs = 1; ; Runs++)
        {
            if (Runs > RestartsMax) throw new InvalidOperationException("The command never ends");
            Databases.BeginRun();
            _context.RetryAt = 0;
            _context.Run(command);
            if (!Databases.Missed && _context.RetryAt == 0) return;
            if (_context.RetryAt != 0) WaitUntil(_context.RetryAt);
            _output.Rewind(0);
            _reply.Reset(_output, Session.Protocol);
        }
    }

    private void WaitUntil(long time)
    {
        if (time == long.MaxValue) throw new TimeoutException("The command waits for ever");
        WaitedMilliseconds += time - Databases.NowMilliseconds;
        Databases.NowMilliseconds = _context.NowMilliseconds = time;
    }

    private sealed class FixedClock(MemoryDatabases databases) : IClock
    {
        public long UnixMilliseconds => databases.NowMilliseconds;

        public long UnixMicroseconds => databases.NowMilliseconds * 1000;

        public long MonotonicMicroseconds => databases.NowMilliseconds * 1000;
    }

    private sealed class CountingSeed(int seed) : ISeed
    {
        private readonly Random _random = new(seed);

        public ulong Next() => (ulong)_random.NextInt64(long.MinValue, long.MaxValue);
    }
}
