using System.Security.Cryptography;
using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Host.Settings;
using Hedge.Host.Statistics;
using Hedge.Storage.Backups;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Walks;

namespace Hedge.Host.Servers;

/// <summary>What SHUTDOWN asked for.</summary>
/// <param name="Save">True: with a checkpoint; false: without; null: as the settings say.</param>
/// <param name="Now">Not to wait for anything but the data's safety.</param>
/// <param name="Force">To go down even if the checkpoint fails.</param>
public sealed record ShutdownRequest(bool? Save, bool Now, bool Force);

/// <summary>
/// What all cores share: settings, the command table, statistics, the state of the whole server. Properties
/// that commands set and cores obey say so; they are changed by commands that hold all cores.
/// </summary>
public sealed class Server
{
    /// <summary>The version of Redis whose behaviour is followed: clients decide by it what they may
    /// use.</summary>
    public const string RedisVersion = Declarations.RedisVersion.Text;

    private const int TransactionDivisor = 8;
    private const int BigReplyDivisor = 32;
    private const long BigReplyBytesMin = 256 << 10;
    private const long BigReplyBytesMax = 8 << 20;

    // What the texts and programs of scripts may take.
    private const int ScriptsDivisor = 32;
    private const long ScriptsBytesMin = 1 << 20;
    private const long ScriptsBytesMax = 64 << 20;

    private long _writesHeldUntil;

    /// <summary>A server with these settings; without any, with the defaults and no configuration
    /// file.</summary>
    /// <param name="commands">All commands.</param>
    /// <param name="settings">The settings.</param>
    public Server(CommandTable commands, SettingStore? settings = null)
    {
        Commands = commands;
        Settings = settings ?? new SettingStore(ServerSettings.Defaults, null);
        Users = new Users(commands) { AllowsChannels = Settings.Current.AllowsChannels };
        if (Settings.Current.RequirePass.Length > 0) Users.SetDefaultPassword(Settings.Current.RequirePass);
        AclLog = new AclLog(() => Settings.Current.AclLogMaxLength);
        Statistics = new ServerStatistics(Settings.Current.Cores, Commands);
        Scripts = new ScriptCache(() => Math.Clamp(Settings.Current.MemoryBudgetBytes / ScriptsDivisor,
            ScriptsBytesMin, ScriptsBytesMax));
        MakeScriptMachine = () =>
            new(Settings.Current.ScriptMemoryBytes, Commands, (level, text) => Log(level, text));
        NotifiesKeyspaceEvents = Settings.Current.NotifyKeyspaceEvents != KeyspaceEvents.None;
        Settings.Appliers.Add(Listeners.TryFollow);
        Settings.Changed += (before, after) =>
        {
            NotifiesKeyspaceEvents = after.NotifyKeyspaceEvents != KeyspaceEvents.None;
            Users.AllowsChannels = after.AllowsChannels;
            if (after.RequirePass != before.RequirePass) Users.SetDefaultPassword(after.RequirePass);
        };
    }

    /// <summary>Hedge's own version.</summary>
    public static string HedgeVersion { get; } = typeof(Server).Assembly.GetName().Version!.ToString(3);

    /// <summary>All commands.</summary>
    public CommandTable Commands { get; }

    /// <summary>The settings; CONFIG SET changes them.</summary>
    public SettingStore Settings { get; }

    /// <summary>Who may do what.</summary>
    internal Users Users { get; }

    /// <summary>What users were refused.</summary>
    internal AclLog AclLog { get; }

    /// <summary>The scripts that clients have sent.</summary>
    internal ScriptCache Scripts { get; }

    /// <summary>The functions.</summary>
    internal FunctionStore Functions { get; } = new();

    /// <summary>Makes a machine for scripts. Set once, if at all, before there are clients.</summary>
    internal Func<ScriptMachine> MakeScriptMachine { get; set; }

    /// <summary>The scripts and functions that take longer than a turn.</summary>
    internal RunningScripts RunningScripts { get; } = new();

    /// <summary>Counters, per core.</summary>
    public ServerStatistics Statistics { get; }

    /// <summary>True when notify-keyspace-events asks for anything. Follows the setting.</summary>
    public bool NotifiesKeyspaceEvents { get; internal set; }

    /// <summary>40 hexadecimal digits that name this run of the server.</summary>
    public string RunId { get; init; } = NewId();

    /// <summary>Makes 40 letters that nobody can foresee.</summary>
    internal Func<string> NewMark { get; init; } = NewId;

    /// <summary>When the server started, Unix milliseconds. Set by the host.</summary>
    public long StartedMilliseconds { get; internal set; }

    /// <summary>The sockets that clients connect to.</summary>
    internal Listeners Listeners { get; } = new();

    /// <summary>What a container allows; null before the host has looked. Set by the host.</summary>
    internal ContainerLimits? Container { get; set; }

    /// <summary>The port that is listened on without TLS; 0 for none.</summary>
    public int BoundPort => Listeners.Port;

    /// <summary>How the server talks to the kernel: "io_uring", "sockets", "simulation". Set by the
    /// host.</summary>
    public string IoName { get; internal set; } = "none";

    /// <summary>True when systemd is told of the server's state. Set by the host.</summary>
    public bool IsSupervised { get; internal set; }

    /// <summary>Number of partitions of the data directory. Set by the host.</summary>
    public int PartitionCount { get; internal set; } = 1;

    /// <summary>Why writes are refused (a failed write or sync of the log), or null. Set by a core.</summary>
    public string? WriteFailure { get; internal set; }

    /// <summary>The connected clients. Set by the host.</summary>
    public IClients Clients { get; internal set; } = null!;

    /// <summary>Checkpoints of the data. Set by the host.</summary>
    public ICheckpoints Checkpoints { get; internal set; } = null!;

    /// <summary>Begins to load a file into a database; null while a load is under way. Set by the
    /// host.</summary>
    internal Func<int, TransferPath, BulkLoad?> StartLoad { get; set; } = static (_, _) => null;

    /// <summary>Begins to write a database, as it is now, into a file, for a core that holds all partitions;
    /// null while an export is under way. Set by the host.</summary>
    internal Func<CoreStorage, int, TransferPath, Export?> StartExport { get; set; } =
        static (_, _, _) => null;

    /// <summary>Begins a backup, for a core that holds all partitions; null while one is under way. Set by
    /// the host.</summary>
    internal Func<CoreStorage, BackupOrder, Backup?> StartBackup { get; set; } = static (_, _) => null;

    /// <summary>The backup under way, or the last one; null before the first. Set by the host.</summary>
    internal Func<Backup?> LastBackup { get; set; } = static () => null;

    /// <summary>How keeping the logs goes. Set by the host.</summary>
    internal Func<ArchiveFigures> Archive { get; set; } = static () => default;

    /// <summary>Begins to go through all keys as they are now, or through none, for a core that holds all
    /// partitions. Set by the host.</summary>
    internal Func<CoreStorage, bool, SnapshotWalk> StartWalk { get; set; } = null!;

    /// <summary>Begins to list the keys of a database that begin with a prefix, as they are now, for a core
    /// that holds all partitions; null while a listing is under way. Set by the host.</summary>
    internal ListingStart StartListing { get; set; } = static (_, _, _, _) => null;

    /// <summary>True while a listing of keys is under way. Set by the host.</summary>
    internal Func<bool> IsListing { get; set; } = static () => false;

    /// <summary>How many keys KEYS visits itself while it holds all partitions; a larger database is listed
    /// by background threads.</summary>
    internal long KeysVisitedMax { get; set; } = 50_000;

    /// <summary>How many bytes of a collection's nodes a command shows in one go. More of them are sent as
    /// they are read.</summary>
    internal long BigReplyBytes
    {
        get => field > 0 ? field : Math.Clamp(
            Settings.Current.MemoryBudgetBytes / BigReplyDivisor, BigReplyBytesMin, BigReplyBytesMax);
        set;
    }

    /// <summary>How many bytes of such a reply are made at a time.</summary>
    internal int BigReplyPartBytes { get; set; } = 256 << 10;

    /// <summary>As <see cref="BigReplyBytes"/>, inside a transaction, which shows no more than
    /// that.</summary>
    internal long ReplyInTransactionBytes
    {
        get => field > 0 ? field
            : Math.Max(BigReplyBytes, Settings.Current.MemoryBudgetBytes / TransactionDivisor);
        set;
    }

    /// <summary>CLIENT PAUSE in force, or null; cores obey it.</summary>
    public ClientPause? Pause { get; internal set; }

    /// <summary>True when some commands may have to wait.</summary>
    internal bool MayPause => Pause != null || WritesHeldUntil != 0;

    /// <summary>Until when new writes wait for a DEBUG RELOAD that is under way, Unix milliseconds; 0 for
    /// not. The command puts it off again and again, so that writes go on when its client is gone. Any
    /// core.</summary>
    internal long WritesHeldUntil
    {
        get => Volatile.Read(ref _writesHeldUntil);
        set => Volatile.Write(ref _writesHeldUntil, value);
    }

    /// <summary>SHUTDOWN asked for, or null; the host obeys it after the command's turn.</summary>
    public ShutdownRequest? Shutdown
    {
        get;
        internal set
        {
            field = value;
            if (value != null) ShutdownAsked?.Invoke();
        }
    }

    /// <summary>Called on a core's thread when <see cref="Shutdown"/> is asked for; must not block.
    /// Set by the host.
    /// </summary>
    internal Action? ShutdownAsked { get; set; }

    /// <summary>False after DEBUG SET-ACTIVE-EXPIRE 0: cores remove expired keys only when they are looked
    /// up.</summary>
    public bool ActiveExpire
    {
        get;
        internal set
        {
            field = value;
            ActiveExpireSet?.Invoke(value);
        }
    } = true;

    /// <summary>Called when <see cref="ActiveExpire"/> is set. Set by the host.</summary>
    internal Action<bool>? ActiveExpireSet { get; set; }

    /// <summary>The longest reply, in bytes: everything that is told of a reply by an <see cref="int"/> has
    /// room for it. DEBUG REPLY-LIMIT lowers it.</summary>
    internal long ReplyBytesMax { get; set; } = ReplyBytesLimit;

    /// <summary>What <see cref="ReplyBytesMax"/> is without DEBUG.</summary>
    internal const long ReplyBytesLimit = int.MaxValue - (64 * 1024);

    /// <summary>What one command or transaction may write, in bytes: it is one log record. DEBUG WRITE-LIMIT
    /// lowers it.</summary>
    internal long WriteBytesMax { get; set; } = WriteBytesLimit;

    /// <summary>What <see cref="WriteBytesMax"/> is without DEBUG: a log record's bytes, with room for its
    /// parts and for expired keys that are removed on the way.</summary>
    internal const long WriteBytesLimit = LogWriter.RecordBytesMax - (4L << 20);

    /// <summary>Writes until one throws as a bug would (DEBUG WRITE-FAULT); 0 for none.</summary>
    internal int WritesUntilFault { get; set; }

    /// <summary>What a command may write before it is looked at more closely.</summary>
    internal long WriteBytesChecked => WritesUntilFault == 0 ? WriteBytesMax : -1;

    /// <summary>Ends the process after writing down why: going on could lose data. A simulation puts its own
    /// here.</summary>
    internal Action<string> EndProcess { get; set; } = Environment.FailFast;

    /// <summary>Blocks the calling core's thread (DEBUG SLEEP). A simulation puts its own here.</summary>
    internal Action<TimeSpan> BlockThread { get; set; } = Thread.Sleep;

    /// <summary>Writes a line of the server's log; callable from any core, never waits. Set by the
    /// host.</summary>
    internal Action<LogLevel, string> Log { get; set; } = static (_, _) => { };

    /// <summary>True when the session must authenticate before it may run commands without the no_auth
    /// flag.</summary>
    public bool RequiresAuthentication(Session session) =>
        !session.Authenticated && !Users.Default.NeedsNoLogin;

    private static string NewId() => RandomNumberGenerator.GetHexString(40, lowercase: true);
}

/// <summary>As <see cref="Storage.Engines.Engine.BeginListing"/>.</summary>
internal delegate Storage.Exports.KeyListing? ListingStart(Storage.Cores.CoreStorage core, int database,
    ReadOnlyMemory<byte> prefix, IReadOnlyList<Storage.Exports.IKeyTaker> takers);
