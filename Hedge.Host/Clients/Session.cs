using System.Net;
using Hedge.Host.Access;
using Hedge.Host.Settings;

namespace Hedge.Host.Clients;

/// <summary>
/// What CLIENT REPLY asked for. The core looks at it after a command has run: unless it is <see cref="On"/>
/// the command's reply (CLIENT REPLY's own too) is dropped; then <see cref="Skip"/> turns to <see cref="On"/>
/// and <see cref="SkipNext"/> to <see cref="Skip"/>.
/// </summary>
public enum ReplyMode
{
    /// <summary>Replies are sent.</summary>
    On,

    /// <summary>No replies at all.</summary>
    Off,

    /// <summary>The next command's reply is left out.</summary>
    SkipNext,

    /// <summary>This command's reply is left out.</summary>
    Skip,
}

/// <summary>
/// One client's state. Owned by the core that owns the connection; other cores may touch it only while that
/// core is leased.
/// </summary>
public sealed class Session
{
    /// <summary>What stands for the client of another core, whose single-key commands are run here.</summary>
    internal static Session OfAnotherCore() => new()
    {
        Id = 0,
        Remote = new IPEndPoint(IPAddress.None, 0),
        Local = new IPEndPoint(IPAddress.None, 0),
        Authenticated = true,
    };

    /// <summary>What stands for the client of a script's commands.</summary>
    internal static Session OfScript() => new()
    {
        Id = 0,
        Remote = new IPEndPoint(IPAddress.None, 0),
        Local = new IPEndPoint(IPAddress.None, 0),
        Authenticated = true,
        IsScript = true,
    };

    /// <summary>True for a script's commands.</summary>
    internal bool IsScript { get; init; }

    /// <summary>Unique, ascending (CLIENT ID).</summary>
    public required long Id { get; init; }

    /// <summary>The client's address.</summary>
    public required EndPoint Remote { get; init; }

    /// <summary>The server's address.</summary>
    public required EndPoint Local { get; init; }

    /// <summary>True for a client of a Unix socket.</summary>
    public bool IsUnixSocket => Remote is not IPEndPoint && !IsScript;

    /// <summary>File descriptor as shown by CLIENT LIST.</summary>
    public int Descriptor { get; init; } = -1;

    /// <summary>The core that owns the connection.</summary>
    public int Core { get; init; }

    /// <summary>Index of the connection in its core.</summary>
    public int Connection { get; init; }

    /// <summary>When the client connected, Unix milliseconds.</summary>
    public long CreatedMilliseconds { get; init; }

    /// <summary>When the last command arrived, Unix milliseconds.</summary>
    public long LastCommandMilliseconds { get; set; }

    /// <summary>The selected database.</summary>
    public int Database { get; set; }

    /// <summary>RESP version, 2 or 3.</summary>
    public int Protocol { get; set; } = 2;

    /// <summary>True when the client may run commands.</summary>
    public bool Authenticated { get; set; }

    /// <summary>The client's user; null for one that stands for another, whose rights were looked at
    /// there.</summary>
    internal User? User { get; set; }

    /// <summary>True when some requests are not allowed.</summary>
    internal bool IsLimited => User is { Rights.IsUnlimited: false };

    /// <summary>True when a permission includes this client.</summary>
    internal bool Has(Permission permission) => permission == Permission.Yes
        || (permission == Permission.Local && ClientAddress.IsLocal(Remote));

    /// <summary>Wrong passwords since the last right one.</summary>
    public int FailedLogins { get; set; }

    /// <summary>Until when nothing more of the client is run, Unix milliseconds: wrong passwords cost time.
    /// 0 for not.</summary>
    public long DelayedUntilMilliseconds { get; set; }

    /// <summary>CLIENT SETNAME.</summary>
    public string Name { get; set; } = "";

    /// <summary>CLIENT SETINFO lib-name.</summary>
    public string LibraryName { get; set; } = "";

    /// <summary>CLIENT SETINFO lib-ver.</summary>
    public string LibraryVersion { get; set; } = "";

    /// <summary>Lower-case name of the last command, with "|subcommand" (CLIENT LIST cmd=).</summary>
    public string LastCommand { get; set; } = "NULL";

    /// <summary>CLIENT REPLY.</summary>
    public ReplyMode ReplyMode { get; set; }

    /// <summary>SCRIPT DEBUG.</summary>
    public ScriptDebugging ScriptDebugging { get; set; }

    /// <summary>True while a script of the client stands still in the debugger: the next request is for the
    /// debugger.</summary>
    public bool IsInDebugger { get; set; }

    /// <summary>CLIENT NO-EVICT.</summary>
    public bool NoEvict { get; set; }

    /// <summary>The client has said that SYNC is to send a file, and no changes after it.</summary>
    internal bool WantsRdbOnly { get; set; }

    /// <summary>The client has said that this file is to hold functions and no keys.</summary>
    internal bool WantsFunctionsOnly { get; set; }

    /// <summary>CLIENT NO-TOUCH: the core looks keys up for this client as peeks, without counting an
    /// access.</summary>
    public bool NoTouch { get; set; }

    /// <summary>Set by the core while the client waits in a blocking command.</summary>
    public bool Blocked { get; set; }

    /// <summary>Set by RESET: before anything else the core drops the open MULTI, the watched keys and all
    /// subscriptions, without telling the client, and sets it to false again.</summary>
    public bool ResetRequested { get; set; }

    /// <summary>Sizes of the connection's buffers.</summary>
    public SessionFigures Figures { get; } = new();

    /// <summary>Set by QUIT, protocol errors and CLIENT KILL of oneself: the connection closes after the
    /// reply.</summary>
    public bool CloseAfterReply { get; set; }

    /// <summary>True while the client gets MONITOR's feed.</summary>
    public bool Monitor { get; set; }

    /// <summary>The open MULTI, or null.</summary>
    public Transaction? Transaction { get; set; }

    /// <summary>The client's subscriptions, or null when it never subscribed.</summary>
    public Subscriptions? Subscriptions { get; set; }

    /// <summary>What the client hears of changes of keys (CLIENT TRACKING); null for nothing.</summary>
    public ClientTracking? Tracking { get; internal set; }

    /// <summary>The number of keys watched.</summary>
    public int WatchedKeyCount => Watched.Count;

    /// <summary>The watched keys.</summary>
    internal List<WatchedKey> Watched { get; } = [];
}
