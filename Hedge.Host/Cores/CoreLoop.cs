using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Declarations;
using Hedge.Host.Executions;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Mailboxes;
using Hedge.Host.Requests;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>
/// One core: its connections, partitions, log, timers and mailboxes, and the turn that serves them all. Runs
/// on one thread (<see cref="Run"/>) or is stepped by a simulation (<see cref="Turn"/>).
/// Never blocks but in its own sleep.
/// </summary>
internal sealed class CoreLoop : IDisposable, IExpirySink
{
    /// <summary>Longest wait of a turn while the log is being closed.</summary>
    private const long CloseWaitMicroseconds = 1000;

    /// <summary>Longest wait while records are spilled.</summary>
    private const long HeldWaitMicroseconds = 100;

    private readonly ParserLimits _limits = new();
    private readonly ParserLimits _strangerLimits = new() { Authenticated = false };
    private readonly IClock _clock;
    private long _nextTick;
    private long _busyMicroseconds;
    private long _tickStarted;
    private readonly StorageTurns _storageTurns;
    private volatile bool _stopping;
    private bool _hasSettings;

    public CoreLoop(CoreGroup group, int index, ICoreIo io, CoreStorage storage, IClock clock, ISeed seed,
        JobWorker worker)
    {
        Group = group;
        Index = index;
        Io = io;
        Storage = storage;
        storage.ExpirySink = this;
        Seed = seed;
        _clock = clock;
        _storageTurns = new StorageTurns(
            storage, worker, StorageHost.HomesOf(group, index), new StorageHost(this));
        Mail = new Mail(this);
        Statistics = group.Server.Statistics[index];
        Settings = group.Server.Settings.Current;
        NowMilliseconds = clock.UnixMilliseconds;
        Meter = new CommandMeter(this);
        WriteBudget = new WriteBudget(group.Server);
        Keyspaces = new KeyspaceTable(this);
        Gate = new CommitGate(this);
        Leases = new LeaseManager(this);
        PubSub = new PubSubHub(this);
        Monitors = new MonitorFeed(this);
        Refusals = new Refusals(this);
        Scopes = new Scopes(this);
        KeyEvents = new KeyEvents(this);
        Faults = new CommandFaults(this);
        KeyWaits = new KeyWaits(this);
        Runner = new CommandRunner(this);
        Executor = new Executor(this, Runner);
        Dispatcher = new Dispatcher(this);
        Connections = new ConnectionTable(this);
        Slowed = new SlowedWriters(this);
        Pipelines = new PipelineLimit(this);
        Gauges = new Gauges(this);
        _nextTick = _tickStarted = clock.MonotonicMicroseconds;
        group.Loops[index] = this;
    }

    public CoreGroup Group { get; }

    public int Index { get; }

    public ICoreIo Io { get; }

    public CoreStorage Storage { get; }

    public ISeed Seed { get; }

    public IClock Clock => _clock;

    public CoreStatistics Statistics { get; }

    public CommandMeter Meter { get; }

    /// <summary>The settings of this turn.</summary>
    public ServerSettings Settings { get; private set; }

    /// <summary>Bytes appended to the core's log, ever.</summary>
    public long LogAppended => Storage.Log.Appended.Value;

    /// <summary>False while any core's log has failed: a write could depend on changes that are not durable.
    /// </summary>
    public bool CanWrite => CanLog && Storage.CanWrite && !Group.AnyStuck;

    /// <summary>False after a failure of this or another core's log.</summary>
    public bool CanLog => !Storage.Log.HasFailed && Group.Server.WriteFailure == null;

    /// <summary>Bytes of the core's log that are durable.</summary>
    public long LogSynced => Storage.Log.Synced.Value;

    /// <summary>Messages to and from the other cores.</summary>
    public Mail Mail { get; }

    /// <summary>Bounds what the running command writes.</summary>
    public WriteBudget WriteBudget { get; }

    /// <summary>The databases, as commands see them.</summary>
    public KeyspaceTable Keyspaces { get; }

    public CommitGate Gate { get; }

    public LeaseManager Leases { get; }

    public PubSubHub PubSub { get; }

    /// <summary>Keyspace events of commands.</summary>
    public KeyEvents KeyEvents { get; }

    /// <summary>What unexpected exceptions of commands mean.</summary>
    public CommandFaults Faults { get; }

    public MonitorFeed Monitors { get; }

    public Refusals Refusals { get; }

    public Scopes Scopes { get; }

    /// <summary>Clients that are blocked until a key changes.</summary>
    public KeyWaits KeyWaits { get; }

    /// <summary>Calls commands.</summary>
    public CommandRunner Runner { get; }

    public Executor Executor { get; }

    public Dispatcher Dispatcher { get; }

    public ConnectionTable Connections { get; }

    public SlowedWriters Slowed { get; }

    public PipelineLimit Pipelines { get; }

    /// <summary>How many clients send at the same time.</summary>
    public ArrivalGauge Arrivals { get; } = new();

    /// <summary>Fills INFO's figures from what is counted elsewhere.</summary>
    public Gauges Gauges { get; }

    /// <summary>The time of this turn, Unix milliseconds.</summary>
    public long NowMilliseconds { get; private set; }

    /// <summary>The time of this turn, monotonic microseconds.</summary>
    public long NowMicroseconds { get; private set; }

    /// <summary>Share of the last tick spent working, 0…1. Any core may read it.</summary>
    public double BusyShare { get; internal set; }

    /// <summary>The thread's body: turns until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (!_stopping)
        {
            bool more = Turn();
            if (more) Io.Submit();
            else Sleep();
        }

        Close();
    }

    /// <summary>Ends <see cref="Run"/> after the present turn. Any thread.</summary>
    public void Stop()
    {
        _stopping = true;
        Io.Wake();
    }

    /// <summary>A key's time has come and it was removed.</summary>
    public void KeyExpired(int database, ReadOnlySpan<byte> key)
    {
        Statistics.Counters.ExpiredKeys++;
        if (Group.Server.NotifiesKeyspaceEvents)
            KeyEvents.Expired(key, database);
    }

    /// <summary>A key was removed for room on disk.</summary>
    public void KeyEvicted(int database, ReadOnlySpan<byte> key)
    {
        Statistics.Counters.EvictedKeys++;
        if (Group.Server.NotifiesKeyspaceEvents)
            PubSub.Notify(KeyspaceEvents.Evicted, "evicted"u8, key, database);
    }

    /// <summary>One turn. True when there is more to do at once.</summary>
    public bool Turn()
    {
        if (!Leases.MayGoOn()) return false;
        long started = _clock.MonotonicMicroseconds;
        NowMicroseconds = started;
        NowMilliseconds = _clock.UnixMilliseconds;
        Storage.NowMilliseconds = NowMilliseconds;
        FollowSettings(Group.Server.Settings.Current);
        Gate.Follow(Settings.AppendFsync == AppendFsync.Always);
        int events = Mail.Receive();
        if (!Leases.StandsStill)
        {
            events += Io.Poll(Connections);
            if (Connections.AnyScheduled) Connections.RunScheduled();
            if (Executor.Room.NextDue <= NowMilliseconds) Executor.Room.RunDue(NowMilliseconds);
            events += Executor.Room.RunReady();
            if (Executor.Room.AnyTurns) Executor.Room.RunTurns();
            if (KeyWaits.IsDue(NowMilliseconds)) KeyWaits.Run(NowMilliseconds);
            Pipelines.Resume();
            _storageTurns.ExchangeJobs(NowMicroseconds);
            if (NowMicroseconds >= _nextTick) Tick();
        }

        // Before the log's turn: what runs because a lease ends is logged in it.
        Leases.LogSettled(Gate.Settled);
        _storageTurns.TurnLog(StorageHost.PolicyOf(Settings), NowMicroseconds);
        // Mail comes last: it may let another core touch this one's connections.
        Gate.Turn();
        if (!Gate.HoldsOutputs) Connections.Flush();
        if (!Gate.IsClosed) Mail.Publish();
        Dispatcher.EndBorrows();
        Statistics.Counters.Turns++;
        if (events > 0) CountBusy(_clock.MonotonicMicroseconds - started);
        return Connections.AnyScheduled || Executor.Room.AnyReady || Executor.Room.AnyTurns
            || KeyWaits.AnyGiven;
    }

    /// <summary>First step of a sleep: from here on others may borrow the core's partitions. False when mail
    /// has come after all: then the core stays awake.</summary>
    public bool TryFallAsleep()
    {
        if (Group.Count == 1) return true;
        if (Gate.HoldsRecords) return false;
        Group.Words[Index].FallAsleep();
        if (!Group.HasMail(Index) || Leases.StandsStill) return true;
        WakeUp();
        return false;
    }

    /// <summary>Last step of a sleep: the core has its partitions to itself again.</summary>
    public void WakeUp()
    {
        if (Group.Count > 1) Group.Words[Index].Regain();
    }

    /// <summary>How long the core may sleep when nothing wakes it.</summary>
    public long SleepMicroseconds()
    {
        long now = _clock.MonotonicMicroseconds;
        long wake = Math.Min(_nextTick, _storageTurns.NextMicroseconds);
        long due = Math.Min(Executor.Room.NextDue, KeyWaits.NextDue);
        if (due != long.MaxValue)
            wake = Math.Min(wake, now + (Math.Max(0, due - NowMilliseconds) * 1000));
        return Math.Max(0, wake - now);
    }

    /// <summary>First step of the end: no more commands.</summary>
    public void BeginClose()
    {
        Io.Transport.StopListening();
        Connections.StopReceiving();
        Storage.StopReads();
        Storage.Log.BeginClose();
    }

    /// <summary>One turn of the end. False when it was the last: everything appended is durable.</summary>
    public bool CloseTurn()
    {
        bool more = (!Storage.Log.IsClosed && !Storage.Log.HasFailed) || Io.Disk.InFlight > 0;
        NowMicroseconds = _clock.MonotonicMicroseconds;
        if (more) Storage.EndTurn(NowMicroseconds);
        Gate.Turn();
        if (!Gate.HoldsOutputs) Connections.Flush();
        return more;
    }

    /// <summary>RESET: forgets the client's transaction, watched keys (held) and subscriptions.</summary>
    public void Reset(Session session)
    {
        session.ResetRequested = false;
        Monitors.Remove(session);
        PubSub.UnsubscribeAll(session);
        session.Transaction?.Dispose();
        session.Transaction = null;
        foreach (WatchedKey watched in session.Watched)
            Group.Partitions[watched.Partition].Store.Unwatch(watched.Database, watched.Key.Span);
        session.Watched.Clear();
    }

    /// <summary>A client is gone: what it had elsewhere is given up.</summary>
    public void SessionEnds(Connection connection)
    {
        Session session = connection.Session;
        Monitors.Remove(session);
        PubSub.UnsubscribeAll(session);
        session.Transaction?.Dispose();
        session.Transaction = null;
        if (session.Watched.Count == 0) return;
        PartitionSet partitions = default;
        Scopes.AddWatched(session, ref partitions);
        var unwatch = new Request { Command = Group.Server.Commands.Find("UNWATCH"u8), Partition = -1 };
        unwatch.Reserve(0);
        Executor.RunAlone(connection, unwatch, partitions, wholeCores: false);
    }

    /// <summary>What a client's requests may ask for, by whether it has authenticated.</summary>
    public ParserLimits LimitsFor(bool authenticated)
    {
        ParserLimits limits = authenticated ? _limits : _strangerLimits;
        long longest = Math.Min(Settings.ProtoMaxBulkLength, Settings.ValueBytesMax);
        if (limits.ProtoMaxBulkLength != longest) limits.ProtoMaxBulkLength = longest;
        return limits;
    }

    public void Dispose()
    {
        Connections.Dispose();
        Executor.Dispose();
        Monitors.Dispose();
        PubSub.Dispose();
        Mail.Dispose();
        Io.Dispose();
    }

    private void CountBusy(long microseconds)
    {
        _busyMicroseconds += microseconds;
        Statistics.Counters.TurnMicroseconds += microseconds;
    }

    private void Sleep()
    {
        if (!TryFallAsleep())
        {
            // Nobody can wake it then.
            if (Gate.HoldsRecords) Io.Wait(HeldWaitMicroseconds);
            else Io.Submit();
            return;
        }

        Io.Wait(SleepMicroseconds(), EventsToAwait());
        WakeUp();
    }

    /// <summary>Nobody must wait for other clients' requests but clients.</summary>
    private int EventsToAwait()
    {
        int events = Arrivals.EventsToAwait(NowMicroseconds);
        return events == 1 || Io.Disk.InFlight > 0 || !Group.OthersSleep(Index) ? 1 : events;
    }

    /// <summary>Makes everything durable and lets the kernel finish with the core's memory.</summary>
    private void Close()
    {
        BeginClose();
        while (CloseTurn())
        {
            Io.Wait(CloseWaitMicroseconds);
            Io.Poll(Connections);
        }

        Io.Submit();
    }

    private void FollowSettings(ServerSettings current)
    {
        if (ReferenceEquals(current, Settings) && _hasSettings) return;
        _hasSettings = true;
        Settings = current;
        Storage.CompactionPolicy = Settings.CompactionPolicy;
        Storage.Compression = (Settings.Compression, Settings.CompressionUpper);
        Storage.ValueLogThreshold = Settings.ValueLogThreshold;
        Storage.CountsFrequency = Settings.CountsFrequency;
        Storage.DiskLimit.LimitBytes = Settings.MaxDiskBytes;
        Storage.DiskLimit.Policy = Settings.MaxMemoryPolicy;
        Storage.DiskLimit.Samples = Settings.MaxMemorySamples;
    }

    private void Tick()
    {
        long now = NowMicroseconds;
        BusyShare = Math.Min(1, (double)_busyMicroseconds / Math.Max(1, now - _tickStarted));
        _busyMicroseconds = 0;
        _tickStarted = now;
        _nextTick = now + StorageTurns.TickMicroseconds;
        _storageTurns.Tick(now);
        Connections.Tick(Settings);
        Gauges.Refresh();
        if (Refusals.IsPauseOver) Connections.Unpause();
    }
}
