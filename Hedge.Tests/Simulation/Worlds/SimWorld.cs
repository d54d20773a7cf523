using Hedge.Storage;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// A server and its clients on one thread, from one seed. A seeded chooser picks what happens next: a step of
/// a core or of its background thread, a client sending or reading, or time passing.
/// Disk operations become ready with time.
/// </summary>
internal sealed class SimWorld
{
    private readonly SimSeed _seed;
    private readonly List<Action> _ready = [];
    private readonly List<(SimClient Client, Queue<SimAction> Left)> _scripts = [];
    private readonly List<SimListener> _listeners = [];
    private long _moment;
    private int _sessions;

    public SimWorld(ulong seed, SimServerOptions options)
        : this(seed, options, new SimClock(), null)
    {
    }

    private SimWorld(ulong seed, SimServerOptions options, SimClock clock, SimDisk? disk)
    {
        _seed = new SimSeed(seed);
        Options = options;
        Clock = clock;
        Disk = disk ?? new SimDisk(_seed.Next(), Clock) { Reorders = true };
        Disk.Latency = _ => _seed.Chance(0.05) ? _seed.Below(5000) : 20 + _seed.Below(150);
    }

    public SimServerOptions Options { get; set; }

    public SimClock Clock { get; }

    public SimDisk Disk { get; }

    /// <summary>The server, while it runs.</summary>
    public SimServer? Server { get; private set; }

    public List<SimOp> History { get; } = [];

    /// <summary>Clients that subscribe.</summary>
    public IReadOnlyList<SimListener> Listeners => _listeners;

    public IEnumerable<SimClient> Clients => _scripts.Select(script => script.Client);

    /// <summary>The server's life, counted from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>Most operations that a client sends before it waits for replies.</summary>
    public int DepthMax { get; init; } = 4;

    /// <summary>The probability that partitions forget what is also on disk, per step.</summary>
    public double ForgetProbability { get; init; } = 0.1;

    /// <summary>The longest that nothing happens now and then, in microseconds, so that timers come
    /// due.</summary>
    public long PauseMicroseconds { get; init; } = 150_000;

    /// <summary>Called before every step.</summary>
    public Action<SimWorld>? BeforeStep { get; init; }

    /// <summary>Steps made.</summary>
    public long Steps { get; private set; }

    /// <summary>A hash of all that has happened.</summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    public long NextMoment() => ++_moment;

    public void Trace(ReadOnlySpan<byte> bytes) =>
        TraceHash = (TraceHash ^ Crc32C.Compute(bytes, (uint)bytes.Length)) * 1099511628211;

    /// <summary>Starts the server on what the disk holds.</summary>
    public void Start()
    {
        Disk.SeemsFull = Options.MayStartFull && _seed.Chance(0.5);
        Server = new SimServer(Disk, Clock, _seed.Split(), Options);
        Disk.SeemsFull = false;
    }

    /// <summary>As the world would be if the power failed now: the disk after the failure, and the history so
    /// far. Its server is not started.</summary>
    public SimWorld AfterCrash(ulong seed, SimServerOptions options) =>
        After(Disk.AfterCrash(seed), seed, options);

    /// <summary>As <see cref="AfterCrash"/>, if the process were killed now.</summary>
    public SimWorld AfterKill(ulong seed, SimServerOptions options) =>
        After(Disk.AfterKill(seed), seed, options);

    private SimWorld After(SimDisk disk, ulong seed, SimServerOptions options)
    {
        SimWorld after = new(seed, options, Clock, disk)
        {
            _moment = _moment,
            _sessions = _sessions,
            Epoch = Epoch,
        };
        after.History.AddRange(History.Select(op => op.Copy()));
        after.EndLife();
        SimFiles.CheckExports(after.Disk, after.History, after.NextMoment);
        return after;
    }

    /// <summary>Adds a client with its script.</summary>
    public SimClient AddClient(IEnumerable<SimAction> script)
    {
        SimClient client = new(this, _scripts.Count);
        Queue<SimAction> actions = new(script);
        // What it loads is there before anything happens, unseen by whoever counts the disk's operations.
        (Action<SimDiskOperation>? trace, Disk.Trace) = (Disk.Trace, null);
        foreach (SimAction action in actions) SimFiles.Make(Disk, action);
        Disk.Trace = trace;
        _scripts.Add((client, actions));
        return client;
    }

    /// <summary>Adds a client that subscribes, with its script.</summary>
    public void AddListener(int protocol, IEnumerable<ListenerAction> script) =>
        _listeners.Add(new SimListener(this, _listeners.Count, protocol, script));

    /// <summary>The clients so far do nothing more.</summary>
    public void EndScripts()
    {
        foreach (SimListener listener in _listeners) listener.EndScript();
        foreach ((_, Queue<SimAction> left) in _scripts) left.Clear();
    }

    /// <summary>True when all scripts are done and all replies are there.</summary>
    public bool IsDone => _scripts.TrueForAll(script =>
        script.Left.Count == 0 && script.Client is { Awaited: 0, HasUnsent: false })
        && _listeners.TrueForAll(listener => listener.IsDone);

    /// <summary>Goes on until all scripts are done; fails when that takes too long.</summary>
    public void Run(int stepsMax = 200_000)
    {
        for (int i = 0; !IsDone; i++)
        {
            if (i == stepsMax) throw new SimFailureException(DescribeHang());
            Step();
        }
    }

    /// <summary>A whole life: starts the server, carries out the scripts, checks the history, and shuts the
    /// server down.</summary>
    /// <param name="beforeClose">What else is to be looked at before the end.</param>
    public void Complete(Action<SimWorld>? beforeClose = null)
    {
        try
        {
            Start();
            Run();
            CheckHistory();
            beforeClose?.Invoke(this);
            Close();
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>A first life, in which all keys are written and the server is shut down.</summary>
    public void Prefill(IReadOnlyList<string> keys, string value = "10")
    {
        Start();
        AddClient([new SimAction([["MSET", .. keys.SelectMany(key => new[] { key, value })]])]);
        Run();
        Close();
    }

    /// <summary>A listener has got a message: what caused it had taken effect.</summary>
    public void Heard(HeardMessage message)
    {
        SimOp cause = MessageCheck.CauseOf(History, message)
            ?? throw new SimFailureException($"nobody has sent {message}");
        cause.Seen = Math.Min(cause.Seen, message.Moment);
    }

    /// <summary>Fails when no order explains the replies and the messages.</summary>
    public void CheckHistory()
    {
        // What was seen had happened: also when it was never answered, and in later lives.
        foreach (SimOp op in History) op.Return = Math.Min(op.Return, op.Seen);
        if (Linearizer.Check(History) is { } problem) throw new SimFailureException(problem);
    }

    /// <summary>The power fails, or has failed: the server is gone and the disk comes back with what has
    /// survived.</summary>
    public void Crash()
    {
        // Operations under way end here, done or not.
        if (!Disk.IsDown) Disk.Kill();
        Server?.Dispose(isCrash: true);
        Server = null;
        Disk.Crash();
        EndLife();
        SimFiles.CheckExports(Disk, History, NextMoment);
    }

    /// <summary>The process is killed: the server is gone; the disk is as the kernel has it.</summary>
    public void Kill()
    {
        Disk.Kill();
        Server?.Dispose(isCrash: true);
        Server = null;
        EndLife();
        SimFiles.CheckExports(Disk, History, NextMoment);
    }

    /// <summary>Shuts the server down in order.</summary>
    public void Close()
    {
        bool closed = Server!.Close(Clock);
        Server = null;
        EndLife();
        if (!closed) throw new SimFailureException("the server does not close");
    }

    /// <summary>Frees the server, at the end of a run.</summary>
    public void Dispose()
    {
        Disk.Kill();
        Server?.Dispose(isCrash: true);
        Server = null;
    }

    /// <summary>One step, chosen by the seed.</summary>
    public void Step()
    {
        Steps++;
        BeforeStep?.Invoke(this);
        _ready.Clear();
        AddCores();
        AddClients();
        if (_ready.Count == 0)
        {
            Clock.Advance(Math.Max(1, NextMicroseconds() - Clock.MonotonicMicroseconds));
            return;
        }

        // Now and then time passes first.
        if (_seed.Chance(0.12))
            Clock.Advance(_seed.Chance(0.06) ? _seed.Below(PauseMicroseconds) : _seed.Below(200));
        if (_seed.Chance(ForgetProbability)) Server!.Forget(_seed.Below(Server.Group.Partitions.Length));
        int choice = _seed.Below(_ready.Count);
        TraceHash = (TraceHash ^ (ulong)((choice << 8) + _ready.Count)) * 1099511628211;
        _ready[choice]();
        TraceHash = (TraceHash ^ Disk.TraceHash) * 1099511628211;
    }

    private void AddCores()
    {
        foreach (SimCore core in Server!.Cores)
        {
            if (core.IsReady)
            {
                Action step = () => Server!.Audit.Step(core);
                _ready.Add(step);
                _ready.Add(step);
            }

            if (core.HasWork) _ready.Add(core.Work);
        }
    }

    private void AddClients()
    {
        foreach ((SimClient client, Queue<SimAction> left) in _scripts)
        {
            if (!client.IsConnected)
            {
                if (left.Count > 0) _ready.Add(() => Connect(client));
                continue;
            }

            if (!client.IsEnding && left.TryPeek(out SimAction? next)
                && client.Awaited < (next.IsBarrier ? 2 * DepthMax : DepthMax))
                _ready.Add(() => client.Issue(left.Dequeue()));
            if (client.HasUnsent)
                _ready.Add(() =>
                    client.Transmit(_seed.Chance(0.7) ? client.Unsent : 1 + _seed.Below(client.Unsent)));
            if (client.IsStalled) _ready.Add(() => client.Read(1 + _seed.Below(64)));
        }

        foreach (SimListener listener in _listeners)
        {
            if (!listener.IsConnected && !listener.IsDone) _ready.Add(() => Arrive(listener.Connect));
            else if (listener is { IsConnected: true, MayAct: true }) _ready.Add(listener.Act);
            if (listener.IsStalled) _ready.Add(() => listener.Read(1 + _seed.Below(256)));
        }
    }

    private void Connect(SimClient client) => Arrive(() => client.Connect(_sessions++));

    private void Arrive(Func<SimPipe> connect)
    {
        int target = _seed.Below(Server!.Cores.Count);
        // The acceptor packs connections on the calmest cores: so the simulation says which one is calm.
        foreach (SimCore core in Server.Cores)
            core.Loop.Connections.BusyShare = core.Loop.Index == target ? 0 : 1;
        Server.Cores[0].Io.Sockets.Arrive(new SimSocket(connect()));
    }

    private long NextMicroseconds()
    {
        long next = Server!.Cores.Min(core => core.NextMicroseconds);
        if (next == long.MaxValue) throw new SimFailureException("nothing will ever happen again");
        return next;
    }

    private void EndLife()
    {
        foreach ((SimClient client, _) in _scripts) client.Lose();
        foreach (SimListener listener in _listeners) listener.Lose();
        foreach (SimOp op in History)
        {
            if (op.ReturnMilliseconds == long.MaxValue) op.ReturnMilliseconds = Clock.UnixMilliseconds;
        }

        Epoch++;
    }

    private string DescribeHang() => "replies do not come: "
        + string.Join("; ",
            History.Where(op => op is { IsPending: true } && op.Epoch == Epoch).Select(op => op.ToString()));
}
