using System.Runtime.CompilerServices;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands;

/// <summary>
/// Everything a running command may touch. One per core, reused for every command; valid only during
/// <see cref="ICommand.Execute"/>.
/// </summary>
public sealed unsafe class CommandContext
{
    /// <summary>Number of arguments with the command's name (and the subcommand's).</summary>
    public int ArgumentCount => Request.Count;

    /// <summary>The declaration of the command that runs.</summary>
    public CommandSpec Spec { get; internal set; } = null!;

    /// <summary>The keys of the session's database.</summary>
    public IKeyspace Keys { get; internal set; } = null!;

    /// <summary>Whole-keyspace operations.</summary>
    public IDatabases Databases { get; internal set; } = null!;

    /// <summary>Where the reply goes, exactly one per command.</summary>
    public RespWriter Reply { get; internal set; } = null!;

    /// <summary>The client that sent the command.</summary>
    public Session Session { get; internal set; } = null!;

    /// <summary>The server that all cores share.</summary>
    public Server Server { get; internal set; } = null!;

    /// <summary>The time of the batch, Unix milliseconds:
    /// one moment for all that a command (or a MULTI) does.</summary>
    public long NowMilliseconds { get; internal set; }

    /// <summary>The core's clock, for commands that report finer time (TIME, latency).</summary>
    public IClock Clock { get; internal set; } = null!;

    /// <summary>The core's chance (RANDOMKEY, LOLWUT…).</summary>
    public ISeed Seed { get; internal set; } = null!;

    /// <summary>True while EXEC runs the queued commands.</summary>
    public bool InTransaction { get; internal set; }

    /// <summary>True while a script runs commands.</summary>
    public bool InScript { get; internal set; }

    /// <summary>What a command that is run again after a miss keeps between its runs;
    /// null at the first run.</summary>
    public object? Progress
    {
        get => Request.Progress;
        set => Request.Progress = value;
    }

    /// <summary>
    /// Set by a command that has to wait for a time (WAIT): Unix milliseconds; the command returns without a
    /// reply or any effect and is run again then, or earlier. 0, as it is at the start of every run, when it
    /// need not wait; <see cref="long.MaxValue"/> for ever. Not inside a transaction.
    /// </summary>
    public long RetryAt { get; set; }

    /// <summary>Says that the command has not come to its end, and goes on at a time, Unix milliseconds, of
    /// its own accord: what it has done so far is in <see cref="Progress"/>. Nobody is blocked by a
    /// key.</summary>
    internal void GoOnAt(long milliseconds)
    {
        RetryAt = milliseconds;
        TakesTurns = true;
    }

    /// <summary>The reply that the command has begun, and that is going to be sent part by part; null for
    /// none.</summary>
    internal BigReply? BigReply { get; set; }

    /// <summary>Set by a command that cannot begin now, or not on a borrowed partition: it is run again as if
    /// it had missed records.</summary>
    internal bool TriesAgain { get; set; }

    /// <summary>Set by a command that pauses for something else than records, a time, keys or its turn: to
    /// begin again with more partitions, after it has changed nothing, or for the debugger.</summary>
    internal PauseKind PausesFor { get; set; }

    /// <summary>True while the command's partition is borrowed from a core that sleeps.</summary>
    internal bool IsBorrowed { get; set; }

    /// <summary>What wakes the core of a request's client.</summary>
    internal Func<Request, Action>? WakerOf { get; init; }

    /// <summary>True after <see cref="GoOnAt"/>.</summary>
    internal bool TakesTurns { get; set; }

    /// <summary>
    /// Says that none of the command's keys has what it needs: its client waits until another command has
    /// changed one of them, and the command is run again then, holding that key (<see cref="MayTouch"/>), or
    /// when the time is over (<see cref="Unblocked"/>). It returns without a reply or any effect. Only for a
    /// command with <see cref="CommandFlags.Blocking"/>, outside of a transaction.
    /// </summary>
    /// <param name="deadline">Until when, Unix milliseconds; <see cref="long.MaxValue"/> for ever. The first
    /// one counts.</param>
    internal void AwaitKeys(long deadline)
    {
        RetryAt = deadline;
        AwaitsKeys = true;
    }

    /// <summary>True after <see cref="AwaitKeys"/>.</summary>
    internal bool AwaitsKeys { get; set; }

    /// <summary>How the wait for a time or for keys has ended; a command whose wait has ended replies, and
    /// touches no key.</summary>
    internal Unblocking Unblocked => Request.Unblocked;

    /// <summary>True for a key that may be looked at: a command that has waited for several is run again with
    /// the one alone that another command has changed.</summary>
    internal bool MayTouch(ReadOnlySpan<byte> key) => Running?.Lease is not { Wait: not null } lease
        || lease.Key.Span.SequenceEqual(key);

    /// <summary>True when the command has waited for keys and is run again since one of them was
    /// changed.</summary>
    internal bool IsServed => Running?.Lease is { Wait: not null };

    /// <summary>SCAN's positions in a partition that is held.</summary>
    internal Func<int, CursorTable> CursorsOf { get; set; } = null!;

    /// <summary>Runs a command's code in this context.</summary>
    // SAFETY: the code of every command takes a context (AllCommands).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Run(Command command) => ((delegate*<CommandContext, void>)command.Code)(this);

    /// <summary>Argument <paramref name="index"/>; 0 is the command's name.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Argument(int index) => Request.Argument(index);

    /// <summary>
    /// Looks up a key that must hold a string. False when the record is not resident, or when the key holds
    /// another type (the error reply is written then): return in both cases.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryGetString(ReadOnlySpan<byte> key, out Record record)
    {
        if (!Keys.TryFind(key, out record)) return false;
        if (!record.Exists || record.Type == RecordType.String) return true;
        Reply.Error(ErrorText.WrongType);
        return false;
    }

    /// <summary>As <see cref="TryGetString"/>, for a write whose look-up counts.</summary>
    public bool TryReadString(ReadOnlySpan<byte> key, out Record record)
    {
        if (!Keys.TryFind(key, out record)) return false;
        NoteLookup(key, record.Exists);
        return TryGetString(key, out record);
    }

    /// <summary>
    /// Opens a key that must hold a collection of a type, or nothing. False when the record is not resident,
    /// or when the key holds another type (the error reply is written then): return in both cases.
    /// </summary>
    public bool TryOpen(ReadOnlySpan<byte> key, RecordType type, out OpenCollection collection)
    {
        bool isResident = Keys.TryOpen(key, type, out OpenCollection? found);
        collection = found!;
        if (isResident && found == null) Reply.Error(ErrorText.WrongType);
        return found != null;
    }

    /// <summary>Opens a key that must hold a hash, or nothing, as <see cref="TryOpen"/>.</summary>
    public bool TryOpenHash(ReadOnlySpan<byte> key, out StoredHash hash)
    {
        bool isOpen = TryOpen(key, RecordType.Hash, out OpenCollection collection);
        hash = new StoredHash(collection);
        return isOpen;
    }

    /// <summary>Opens a key that must hold a set, or nothing, as <see cref="TryOpen"/>.</summary>
    public bool TryOpenSet(ReadOnlySpan<byte> key, out StoredSet set)
    {
        bool isOpen = TryOpen(key, RecordType.Set, out OpenCollection collection);
        set = new StoredSet(collection);
        return isOpen;
    }

    /// <summary>Opens a key that must hold a list, or nothing, as <see cref="TryOpen"/>.</summary>
    public bool TryOpenList(ReadOnlySpan<byte> key, out StoredList list)
    {
        bool isOpen = TryOpen(key, RecordType.List, out OpenCollection collection);
        list = new StoredList(collection);
        return isOpen;
    }

    /// <summary>Opens a key that must hold a sorted set, or nothing, as <see cref="TryOpen"/>.</summary>
    public bool TryOpenSortedSet(ReadOnlySpan<byte> key, out StoredSortedSet set)
    {
        bool isOpen = TryOpen(key, RecordType.SortedSet, out OpenCollection collection);
        set = new StoredSortedSet(collection);
        return isOpen;
    }

    /// <summary>Opens a key that must hold a stream, or nothing, as <see cref="TryOpen"/>.</summary>
    public bool TryOpenStream(ReadOnlySpan<byte> key, out StoredStream stream)
    {
        bool isOpen = TryOpen(key, RecordType.Stream, out OpenCollection collection);
        stream = new StoredStream(collection);
        return isOpen;
    }

    /// <summary>The argument as a 64-bit integer by Redis's strict rules;
    /// else writes the usual error and answers false.</summary>
    public bool TryInteger(int index, out long value, string error = ErrorText.NotInteger)
    {
        if (Numbers.TryParseInt64(Argument(index), out value)) return true;
        Reply.Error(error);
        return false;
    }

    /// <summary>True when the argument is <paramref name="word"/> (given in upper case),
    /// in any case.</summary>
    public bool Is(int index, ReadOnlySpan<byte> word) => AsciiText.EqualsIgnoreCase(Argument(index), word);

    /// <summary>The keys of another database (COPY … DB, MOVE).</summary>
    public IKeyspace KeysOf(int database) => KeyspaceOf(database);

    /// <summary>
    /// Tells subscribers of keyspace events (notify-keyspace-events) that <paramref name="keyEvent"/>
    /// happened to the key. Costs one test when nobody asked for events.
    /// </summary>
    public void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key) =>
        Notify(kind, keyEvent, key, Session.Database);

    /// <summary>As the other overload, for a key of another database (COPY … DB, MOVE).</summary>
    public void Notify(KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key, int database)
    {
        if (Server.NotifiesKeyspaceEvents) Notifier(kind, keyEvent, key, database);
    }

    /// <summary>Counts and tells a look-up of a write that reads as well (SET … GET, COPY, BITFIELD), as
    /// those of reads are anyway.</summary>
    public void NoteLookup(ReadOnlySpan<byte> key, bool exists)
    {
        if (!exists) Notify(KeyspaceEvents.KeyMiss, "keymiss"u8, key);
        if (Statistics == null) return;
        if (exists) Statistics.Counters.KeyspaceHits++;
        else Statistics.Counters.KeyspaceMisses++;
    }

    /// <summary>Counts and tells that a key of the session's database is gone since its time is
    /// over.</summary>
    public void TellExpired(ReadOnlySpan<byte> key)
    {
        if (ExpirySink != null) ExpirySink.KeyExpired(Session.Database, key);
        else Notify(KeyspaceEvents.Expired, "expired"u8, key);
    }

    /// <summary>False while writes are refused: a command that reads keeps nothing then.</summary>
    internal bool CanWrite => WritesAllowed?.Invoke() != false;

    internal Func<int, IKeyspace> KeyspaceOf { get; set; } = null!;

    internal KeyspaceNotifier Notifier { get; set; } = null!;

    /// <summary>The request that runs: its arguments, and what it keeps between runs.</summary>
    internal Request Request { get; set; } = null!;

    // What follows is for commands that are part of the core's own machinery. Null in unit tests of commands.

    /// <summary>The core's storage.</summary>
    internal CoreStorage? Storage { get; init; }

    /// <summary>What the core counts.</summary>
    internal CoreStatistics? Statistics { get; init; }

    /// <summary>Hears of keys whose time has come.</summary>
    internal IExpirySink? ExpirySink { get; set; }

    /// <summary>The lease that the command runs with.</summary>
    internal RunningLease? Running { get; init; }

    /// <summary>Scripts.</summary>
    internal IScripts? Scripts { get; init; }

    /// <summary>Transactions.</summary>
    internal ITransactions? Transactions { get; init; }

    /// <summary>Subscriptions and messages.</summary>
    internal IPubSub? PubSub { get; init; }

    /// <summary>Clients that are told of changes of keys.</summary>
    internal ITracking? Tracking { get; init; }

    /// <summary>MONITOR: the client gets the feed from now on.</summary>
    internal Action<Session>? StartMonitor { get; init; }

    /// <summary>Brings the core's figures up to date.</summary>
    internal Action? RefreshFigures { get; init; }

    /// <summary>False while a log has failed or the disk is full.</summary>
    internal Func<bool>? WritesAllowed { get; set; }

    /// <summary>True when the reply is an error of a command inside, which has been counted.</summary>
    internal bool HasCountedError { get; set; }

    /// <summary>Sends the next part of a long reply, in its place among the client's replies; false when the
    /// client has to read first.</summary>
    internal Func<Connection, long, OutputBuffer, bool>? SendPart { get; init; }
}

/// <summary>Receives keyspace events from commands.</summary>
internal delegate void KeyspaceNotifier(
    KeyspaceEvents kind, ReadOnlySpan<byte> keyEvent, ReadOnlySpan<byte> key,
    int database);
