using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Executions;
using Hedge.Host.Executions.Scripts;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Mailboxes;
using Hedge.Host.Requests;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Tls;
using Hedge.Storage.Readers;

namespace Hedge.Host.Cores;

/// <summary>
/// One core: its connections, partitions, log, timers and mailboxes, and the turn that serves them all. Runs
/// on one thread (<see cref="Run"/>) or is stepped by a simulation (<see cref="Turn"/>).
/// Never blocks but in its own sleep.
/// </summary>
internal sealed class CoreLoop : IDisposable
{
    /// <summary>Longest wait of a turn while the log is being closed.</summary>
    private const long CloseWaitMicroseconds = 1000;

    /// <summary>Longest wait while records are spilled.</summary>
    private const long HeldWaitMicroseconds = 100;

    /// <summary>What part of the memory may say who has read which key.</summary>
    private const int ReadKeysDivisor = 8;

    private readonly CoreGroup _group;
    private readonly CoreTurn _turn;
    private readonly CoreLinks _links;
    private readonly IClock _clock;
    private readonly Mail _mail;
    private readonly CommitGate _gate;
    private readonly LeaseManager _leases;
    private readonly KeyWaits _keyWaits;
    private readonly BusyWithdrawals _withdrawals;
    private readonly KeyEvents _keyEvents;
    private readonly PubSubHub _pubSub;
    private readonly Invalidations _invalidations;
    private readonly MonitorFeed _monitors;
    private readonly Refusals _refusals;
    private readonly TransactionRunner _transactions;
    private readonly ScriptRunner _scripts;
    private readonly WaitingRequests _waiting;
    private readonly Dispatcher _dispatcher;
    private readonly TlsTransport _tls;
    private readonly RequestReceiver _receiver;
    private readonly MailReceiver _mailReceiver;
    private readonly FigureCollector _figures;
    private readonly StorageTurns _storageTurns;
    private long _nextTick;
    private long _busyMicroseconds;
    private long _tickStarted;
    private volatile bool _stopping;
    private bool _hasSettings;

    public CoreLoop(CoreGroup group, int index, ICoreIo io, CoreStorage storage, IClock clock, ISeed seed,
        JobWorker worker)
    {
        Server server = group.Server;
        PartitionTable partitions = group.Table;
        CoreLinks links = group.Links;
        CoreStatistics statistics = server.Statistics[index];
        var turn = new CoreTurn(index, clock, server.Settings.Current);
        var writes = new WriteState(server, storage, group.Failures);
        var pool = new RequestPool();
        var running = new RunningLease();
        (_group, _turn, _links, _clock, Io, Storage, Statistics) =
            (group, turn, links, clock, io, storage, statistics);

        // Messages, clients and their subscriptions.
        _mail = new Mail(links, turn);
        _tls = new TlsTransport(io.Transport, clock, () => server.Listeners.Tls);
        Connections = new ConnectionTable(turn, server, _tls, statistics, group.Acceptor, _mail,
            storage, writes, pool, group.Queued, group.Count);
        _gate = Connections.Gate;
        BigReplies = new BigReplies(turn, server, Connections, storage, _mail);
        group.Hubs[index] = _pubSub =
            new PubSubHub(turn, server, links, _mail, Connections, running, group.Hubs);
        _invalidations = new Invalidations(turn, _mail, Connections, _pubSub, storage, partitions,
            group.Invalidations);
        group.Feeds[index] = _monitors =
            new MonitorFeed(turn, group.Monitors, _mail, Connections, group.Feeds);

        // Keys as commands see them.
        var budget = new WriteBudget(server);
        _keyEvents = new KeyEvents(turn, server, _pubSub);
        var keyspaces = new KeyspaceTable(server, partitions, storage, statistics, budget, _keyEvents);
        _keyEvents.Keyspaces = keyspaces;

        // Leases, and how commands run.
        _leases = new LeaseManager(turn, partitions, links, _mail, _gate, storage, statistics);
        _keyWaits = new KeyWaits(turn, partitions, storage, _mail, _leases);
        var watches = new ForgottenWatches(turn, partitions, _mail);
        var needs = new PartitionNeeds(partitions, _leases, _pubSub, turn, server, group.Count);
        _refusals = new Refusals(turn, server, storage, writes, Connections.Memory);
        var meter = new CommandMeter(turn, server, statistics);
        var faults = new CommandFaults(turn, server);
        OpenRun MakeOpenRun() => new(storage, statistics, writes, budget, Connections, _pubSub, meter);
        _transactions = new TransactionRunner(partitions, storage, budget, keyspaces, _refusals,
            group.Queued, watches, MakeOpenRun);
        _scripts = new ScriptRunner(server, statistics, partitions, _refusals, _pubSub, _monitors, running,
            keyspaces, MakeOpenRun);
        var sessions = new SessionReset(_monitors, _pubSub, _invalidations, watches);
        Databases = new StoredDatabases(turn, server, partitions, storage, budget, running);
        CommandContext context = MakeContext(seed, keyspaces, running, writes);
        context.ExpirySink = storage.ExpirySink =
            new ExpiryEvents(server, statistics, context, _keyEvents, _pubSub);
        var limited = new LimitedRun(context, server, storage, budget, meter, faults, _monitors, sessions);
        var runner = new CommandRunner(context, limited, storage, meter, faults, _keyEvents, keyspaces,
            _keyWaits, _monitors, _invalidations);
        _transactions.Commands = _scripts.Commands = runner;
        var refused = new RefusedRequests(statistics, watches);
        var slowed = new SlowedWriters(turn, partitions, statistics, Connections);
        Executor = new Executor(turn, partitions, storage, statistics, runner, Connections, BigReplies,
            _mail, _leases, _keyWaits, needs, _refusals, slowed, writes, running, pool, refused);
        _waiting = Executor.Waiting;
        _keyWaits.Commands = Executor;
        _leases.Connect(Executor, _keyWaits, watches);
        _withdrawals = new BusyWithdrawals(_leases, server.RunningScripts, Executor);
        Connections.Ends = new ConnectionEnds(Executor, _keyWaits, sessions);

        // Requests, from bytes on.
        _dispatcher = new Dispatcher(turn, server, partitions, links, _mail, Connections, statistics, writes,
            _refusals, refused, needs, slowed, Executor, _pubSub, _monitors);
        var batch = new RequestBatch(index, partitions, storage, server.Commands);
        var batches = new BatchRunner(batch, Connections, _dispatcher, meter, _monitors, _tls);
        _receiver = new RequestReceiver(turn, statistics, group.Acceptor, Connections, batches);
        (_tls.Handler, _tls.Failed) = (_receiver, Connections.NoteTlsFailure);
        _mailReceiver = new MailReceiver(turn, links, server.Commands, _mail, meter, Connections, BigReplies,
            _leases, _keyWaits, watches, Executor, _pubSub, _invalidations, _monitors);

        // The storage's turns, and figures.
        var events = new StorageEvents(turn, server, partitions, storage, group.Failures, _gate, _leases,
            _keyWaits, Executor, slowed);
        _storageTurns =
            new StorageTurns(storage, worker, StorageEvents.HomesOf(partitions, index), events);
        _figures = new FigureCollector(turn, server, partitions, storage, statistics, Connections, _pubSub,
            _scripts);
        _nextTick = _tickStarted = clock.MonotonicMicroseconds;
        links.Add(index, io);
        group.Loops[index] = this;
    }

    /// <summary>The core's number.</summary>
    public int Index => _turn.Core;

    public ICoreIo Io { get; }

    public CoreStorage Storage { get; }

    public CoreStatistics Statistics { get; }

    /// <summary>The databases; what its approximate figures say, any thread may ask.</summary>
    public IDatabases Databases { get; }

    /// <summary>Clients that are told of changes of keys; how many, any thread may ask.</summary>
    public ITracking Tracking => _invalidations;

    public Executor Executor { get; }

    public ConnectionTable Connections { get; }

    public BigReplies BigReplies { get; }

    public ITransportHandler Receiver => _tls;

    /// <summary>All cores.</summary>
    public CoreGroup Group => _group;

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

    /// <summary>One turn. True when there is more to do at once.</summary>
    public bool Turn()
    {
        long started = _clock.MonotonicMicroseconds;
        Statistics.TurnedAt = started;
        if (!_leases.MayGoOn()) return false;
        _turn.NowMicroseconds = started;
        _turn.NowMilliseconds = _clock.UnixMilliseconds;
        Storage.NowMilliseconds = _turn.NowMilliseconds;
        if (Index == 0) _group.Server.Listeners.Serve(_tls);
        FollowSettings(_group.Server.Settings.Current);
        _gate.Follow(_turn.Settings.AppendFsync == AppendFsync.Always);
        int events = _mailReceiver.Receive();
        if (!_leases.StandsStill)
        {
            events += Io.Poll(_tls);
            if (_tls.HasMore) _tls.Continue();
            if (Connections.AnyScheduled) _receiver.RunScheduled();
            if (_waiting.NextDue <= _turn.NowMilliseconds) _waiting.RunDue(_turn.NowMilliseconds);
            events += _waiting.RunReady();
            if (_waiting.AnyTurns) _waiting.RunTurns();
            if (_keyWaits.IsDue(_turn.NowMilliseconds)) _keyWaits.Run(_turn.NowMilliseconds);
            Connections.Pipelines.Resume();
            _storageTurns.ExchangeJobs(_turn.NowMicroseconds);
            if (_turn.NowMicroseconds >= _nextTick) Tick();
            if (BigReplies.Count > 0) BigReplies.Turn();
            _storageTurns.GiveJobs();
        }

        // Before the log's turn: what runs because a lease ends is logged in it.
        _leases.LogSettled(_gate.Settled);
        _storageTurns.TurnLog(StorageSettings.PolicyOf(_turn.Settings), _turn.NowMicroseconds);
        _invalidations.EndTurn();
        // Mail comes last: it may let another core touch this one's connections.
        _gate.Turn();
        if (!_gate.HoldsOutputs) Connections.Flush();
        if (!_gate.IsClosed) _mail.Publish();
        _dispatcher.EndBorrows();
        Statistics.Counters.Turns++;
        if (events > 0) CountBusy(_clock.MonotonicMicroseconds - started);
        return Connections.AnyScheduled || _waiting.AnyReady || _waiting.AnyTurns
            || _keyWaits.AnyGiven || _tls.HasMore;
    }

    /// <summary>First step of a sleep: from here on others may borrow the core's partitions. False when mail
    /// has come after all: then the core stays awake.</summary>
    public bool TryFallAsleep()
    {
        if (_group.Count == 1) return true;
        if (_gate.HoldsRecords) return false;
        _links.States[Index].FallAsleep();
        if (!_links.HasMail(Index) || _leases.StandsStill) return true;
        WakeUp();
        return false;
    }

    /// <summary>Last step of a sleep: the core has its partitions to itself again.</summary>
    public void WakeUp()
    {
        if (_group.Count > 1) _links.States[Index].Regain();
    }

    /// <summary>How long the core may sleep when nothing wakes it.</summary>
    public long SleepMicroseconds()
    {
        long now = _clock.MonotonicMicroseconds;
        long wake = Math.Min(_nextTick, _storageTurns.NextMicroseconds);
        long due = Math.Min(_waiting.NextDue, _keyWaits.NextDue);
        if (due != long.MaxValue)
            wake = Math.Min(wake, now + (Math.Max(0, due - _turn.NowMilliseconds) * 1000));
        return Math.Max(0, wake - now);
    }

    /// <summary>First step of the end: no more commands.</summary>
    public void BeginClose()
    {
        _tls.AcceptFrom([]);
        _receiver.Stop();
        Storage.StopReads();
        Storage.Log.BeginClose();
    }

    /// <summary>One turn of the end. False when it was the last: everything appended is durable.</summary>
    public bool CloseTurn()
    {
        bool more = (!Storage.Log.IsClosed && !Storage.Log.HasFailed) || Io.Disk.InFlight > 0;
        _turn.NowMicroseconds = _clock.MonotonicMicroseconds;
        if (more) Storage.EndTurn(_turn.NowMicroseconds);
        _gate.Turn();
        if (!_gate.HoldsOutputs) Connections.Flush();
        return more;
    }

    public void Dispose()
    {
        BigReplies.Dispose();
        Connections.Dispose();
        _tls.Dispose();
        Executor.Dispose();
        _transactions.Dispose();
        _scripts.Dispose();
        _monitors.Dispose();
        _pubSub.Dispose();
        _invalidations.Dispose();
        _mailReceiver.Dispose();
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
            if (_gate.HoldsRecords) Io.Wait(HeldWaitMicroseconds);
            else Io.Submit();
            return;
        }

        Io.Wait(SleepMicroseconds(), EventsToAwait());
        WakeUp();
    }

    /// <summary>Nobody must wait for other clients' requests but clients.</summary>
    private int EventsToAwait()
    {
        int events = _receiver.Arrivals.EventsToAwait(_turn.NowMicroseconds);
        return events == 1 || Io.Disk.InFlight > 0 || !_links.OthersSleep(Index) ? 1 : events;
    }

    /// <summary>Makes everything durable and lets the kernel finish with the core's memory.</summary>
    private void Close()
    {
        BeginClose();
        while (CloseTurn())
        {
            Io.Wait(CloseWaitMicroseconds);
            Io.Poll(_tls);
            _tls.Continue();
        }

        Io.Submit();
    }

    private void FollowSettings(ServerSettings current)
    {
        if (ReferenceEquals(current, _turn.Settings) && _hasSettings) return;
        _hasSettings = true;
        _turn.Settings = current;
        StorageSettings.Follow(Storage, current);
        ReadKeyLimits readKeys = _group.Table[0].Store.Readers.Limits;
        readKeys.KeysMax = current.TrackingTableMaxKeys;
        readKeys.BytesMax = current.MemoryBudgetBytes / ReadKeysDivisor;
    }

    private void Tick()
    {
        long now = _turn.NowMicroseconds;
        Connections.BusyShare = Math.Min(1, (double)_busyMicroseconds / Math.Max(1, now - _tickStarted));
        _busyMicroseconds = 0;
        _tickStarted = now;
        _nextTick = now + StorageTurns.TickMicroseconds;
        _storageTurns.Tick(now);
        _tls.Tick();
        Connections.Tick(_turn.Settings);
        _figures.Refresh();
        if (_refusals.IsPauseOver) Connections.Unpause();
        _withdrawals.Tick();
        if (_group.Server.RunningScripts.AnyBusy) Executor.RefuseBusy(_group.Server.RunningScripts);
    }

    private CommandContext MakeContext(ISeed seed, KeyspaceTable keyspaces, RunningLease running,
        WriteState writes)
    {
        Server server = _group.Server;
        PartitionTable partitions = _group.Table;
        return new CommandContext
        {
            Server = server,
            Reply = new RespWriter(),
            Clock = _clock,
            Seed = seed,
            KeyspaceOf = database => keyspaces.Of(database).Unbound(),
            Notifier = _keyEvents.Notify,
            Databases = Databases,
            CursorsOf = partition => partitions[partition].Cursors,
            Storage = Storage,
            Statistics = Statistics,
            Running = running,
            Transactions = _transactions,
            Scripts = _scripts,
            PubSub = _pubSub,
            Tracking = _invalidations,
            StartMonitor = _monitors.Add,
            RefreshFigures = () => _figures.Refresh(),
            WritesAllowed = () => writes.CanWrite && !Storage.DiskLimit.IsFull,
            WakerOf = request => _group.WakerOf(request.Client == null ? request.OriginCore : Index),
            SendPart = (client, slot, part) => LongReply.Send(Connections, client, slot, part),
        };
    }
}
