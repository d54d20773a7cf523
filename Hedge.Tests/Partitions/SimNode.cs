using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Logs;
using Hedge.Storage.Lookups;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Partitions;

/// <summary>An engine with its cores on a simulated disk; everything is stepped here, on one
/// thread.</summary>
internal sealed class SimNode : IDisposable
{
    private readonly SimClock _clock;
    private readonly SimSeed _seed;
    private readonly SimDiskQueue[] _queues;
    private readonly List<(BackgroundJob Job, int Core)> _jobs = [];

    public SimNode(SimDisk disk, SimClock clock, SimSeed seed, EngineOptions options, SyncPolicy policy)
    {
        _clock = clock;
        _seed = seed;
        Engine = Engine.Open(options, disk, clock, seed);
        Cores = new CoreStorage[options.Cores];
        _queues = new SimDiskQueue[options.Cores];
        try
        {
            for (int i = 0; i < Cores.Length; i++)
            {
                _queues[i] = disk.CreateQueue();
                Cores[i] = Engine.CreateCore(i, _queues[i], seed.Split(), policy, null);
                Cores[i].NowMilliseconds = clock.UnixMilliseconds;
            }
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    public Engine Engine { get; }

    public CoreStorage[] Cores { get; }

    public long Restarts { get; private set; }

    /// <summary>How likely a background job does a step in a turn.</summary>
    public double JobChance { get; set; } = 0.7;

    public int Jobs => _jobs.Count;

    /// <summary>Runs a command until it has all it needs. False: a read failed.</summary>
    public LogPosition Run(int core, Func<CoreStorage, bool> command)
    {
        CoreStorage storage = Cores[core];
        long now = _clock.UnixMilliseconds;
        Waiter waiter = new();
        for (int attempt = 0; attempt < 10_000; attempt++)
        {
            storage.NowMilliseconds = now;
            bool done = command(storage);
            LogPosition end = storage.EndCommand();
            if (done)
            {
                storage.ForgetMisses();
                waiter.ReleaseBlocks();
                return end;
            }

            Restarts++;
            if (!storage.HasMisses)
                throw new InvalidOperationException("not resident, but nothing is missing");
            waiter.IsReady = false;
            if (!storage.FetchMisses(waiter)) continue;
            while (!waiter.IsReady)
            {
                if (_queues[core].NextReadyMicroseconds > _clock.MonotonicMicroseconds) _clock.Advance(50);
                Turn(core);
            }

            if (waiter.FailedErrno == 0) continue;
            waiter.ReleaseBlocks();
            throw new ReadFailedException(waiter.FailedErrno);
        }

        throw new InvalidOperationException("a command is run again for ever");
    }

    /// <summary>Stores a string in database 0 of a partition, on core 0.</summary>
    public void Put(Partition partition, string key, string value, long expireAt = 0)
    {
        byte[] bytes = Workload.Bytes(key);
        Run(0, core =>
        {
            partition.Put(core, 0, bytes, partition.Hash(0, bytes), RecordType.String, 0,
                Workload.Bytes(value), expireAt);
            return true;
        });
    }

    /// <summary>What a key of database 0 of a partition holds, looked up on core 0; null for
    /// nothing.</summary>
    public string? Get(Partition partition, string key)
    {
        string? value = null;
        byte[] bytes = Workload.Bytes(key);
        Run(0, core =>
        {
            if (!partition.TryFind(core, 0, bytes, partition.Hash(0, bytes), true, out Record record))
                return false;
            value = Workload.Read(record)?.Value;
            return true;
        });
        return value;
    }

    /// <summary>Has everything flushed. False when a partition still flushes or merges after a long
    /// while.</summary>
    public bool Settle(Partition partition)
    {
        long checkpoint = Engine.BeginCheckpoint();
        return Until(() => Engine.IsCheckpointDone(checkpoint) && partition.Memory.Frozen.Count == 0
            && partition.Compactor.IsIdle);
    }

    /// <summary>One turn of one core with its ticks and a step of background work.</summary>
    public void Turn(int core)
    {
        CoreStorage storage = Cores[core];
        storage.NowMilliseconds = _clock.UnixMilliseconds;
        _queues[core].Poll();
        StepJobs(core);
        storage.EndTurn(_clock.MonotonicMicroseconds);
    }

    /// <summary>As <see cref="Turn"/>, with the ticks of the core's partitions.</summary>
    public void TickAndTurn(int core)
    {
        CoreStorage storage = Cores[core];
        storage.NowMilliseconds = _clock.UnixMilliseconds;
        _queues[core].Poll();
        for (int i = core; i < Engine.Partitions.Count; i += Cores.Length) Engine.Partitions[i].Tick(storage);
        storage.Tick();
        StepJobs(core);
        storage.EndTurn(_clock.MonotonicMicroseconds);
    }

    /// <summary>Turns and ticks on all cores, a millisecond each, until a condition holds.</summary>
    public bool Until(Func<bool> condition, int turnsMax = 20_000)
    {
        for (int i = 0; i < turnsMax; i++)
        {
            if (condition()) return true;
            _clock.Advance(1000);
            for (int core = 0; core < Cores.Length; core++) TickAndTurn(core);
        }

        return condition();
    }

    /// <summary>Shuts down in order.</summary>
    public void Close()
    {
        foreach (CoreStorage core in Cores) core.Log.BeginClose();
        bool closed = Until(() => _jobs.Count == 0 && Cores.All(core => core.Log.IsClosed)
            && _queues.All(queue => queue.InFlight == 0));
        if (!closed) throw new InvalidOperationException("the node does not close");
        Dispose();
    }

    /// <summary>Frees everything, whatever is under way; after a crash or a close.</summary>
    public void Dispose()
    {
        foreach ((BackgroundJob job, _) in _jobs) job.Cancel();
        _jobs.Clear();
        foreach (CoreStorage core in Cores) core.Dispose();
        Engine.Dispose();
    }

    /// <summary>Frees what can be freed when the power has failed.</summary>
    public void Abandon()
    {
        foreach ((BackgroundJob job, _) in _jobs) Try(job.Cancel);
        _jobs.Clear();
        foreach (CoreStorage? core in Cores)
        {
            if (core is not null) Try(core.Abandon);
        }

        Try(Engine.Dispose);
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (SimCrashException)
        {
            // The disk is down; what the action wanted to free of it is gone anyway.
        }
    }

    private void StepJobs(int core)
    {
        CoreStorage storage = Cores[core];
        while (storage.TryTakeJob(out BackgroundJob? job)) _jobs.Add((job, core));
        if (storage.LogPool.HasWork && _seed.Chance(0.7)) storage.LogPool.Step();
        for (int i = _jobs.Count - 1; i >= 0; i--)
        {
            if (_jobs[i].Core != core || !_seed.Chance(JobChance)) continue;
            BackgroundJob next = _jobs[i].Job;
            if (next.Step()) continue;
            _jobs.RemoveAt(i);
            next.Complete(storage);
        }
    }

    private sealed class Waiter : MissWaiter
    {
        public bool IsReady { get; set; }

        protected override void Ready() => IsReady = true;
    }
}

internal sealed class ReadFailedException(int errno) : Exception($"errno {errno}");
