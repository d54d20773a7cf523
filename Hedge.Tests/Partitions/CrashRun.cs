using Hedge.Storage.Compactions;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Partitions;

/// <summary>
/// One life of a node under a workload until the power fails, and what must be true afterwards: each
/// partition stands after some command of its own (its marker says which), not before the last acknowledged
/// one, and a command on several partitions is there whole or not at all.
/// </summary>
internal sealed class CrashRun
{
    private const int PartitionCount = 4;
    private const int CommandsPerLife = 150;

    private readonly SimSeed _seed;
    private readonly SimClock _clock = new();
    private readonly SyncPolicy _policy;
    private readonly Workload _workload;
    private readonly List<Model> _history = [];
    private readonly JointCommands _joint = new();
    private readonly int[] _acknowledged = new int[PartitionCount];
    private readonly List<(int Number, int[] Partitions, LogPosition[] Ends)> _waiting = [];
    private int _number;

    public CrashRun(ulong seed, SyncPolicy policy)
    {
        _seed = new SimSeed(seed);
        _policy = policy;
        Disk = new SimDisk(_seed.Next(), _clock);
        _workload = new Workload(_seed, _clock, new Model(PartitionCount, 3), 12, 300);
        _history.Add(_workload.Model.Copy());
    }

    public SimDisk Disk { get; }

    /// <summary>Crashes that hit a recovery.</summary>
    public int Nested { get; private set; }

    /// <summary>Logs that recoveries have retained.</summary>
    public int Retained { get; private set; }

    /// <summary>Values moved out of value files with little in them, and value files given up.</summary>
    public (long Moved, long Deleted) Collected { get; private set; }

    /// <summary>Works until the power fails at a mutation, or to the end. True when it failed.</summary>
    public bool Live(long crashAfter)
    {
        Disk.CrashAt = crashAfter == 0 ? 0 : Disk.Mutations + crashAfter;
        SimNode? node = null;
        try
        {
            node = Open();
            for (int i = 0; i < CommandsPerLife; i++)
            {
                Step(node);
                for (int turns = _seed.Below(4); turns > 0; turns--) Turn(node);
            }

            node.Close();
            NoteValues(node);
            node = null;
            foreach ((int number, int[] partitions, _) in _waiting)
                foreach (int p in partitions) _acknowledged[p] = number;
            return false;
        }
        catch (SimCrashException)
        {
            Acknowledge(node);
            NoteValues(node);
            node?.Abandon();
            Disk.Crash();
            return true;
        }
    }

    /// <summary>Works while the n-th disk operation fails, then checks all answers and kills the process.
    /// True when there was an n-th operation.</summary>
    public bool LiveWithFault(long nth, int errno)
    {
        bool struck = false;
        long number = Disk.Operations + nth;
        Disk.Faults.Add(OneShot(number, errno, () => struck = true));
        SimNode node;
        try
        {
            node = Open();
        }
        catch (IOException)
        {
            Disk.Kill();
            node = Open();
        }

        for (int i = 0; i < CommandsPerLife && node.Cores.All(core => core.CanWrite); i++)
        {
            try
            {
                Step(node);
            }
            catch (ReadFailedException)
            {
                _history.Add(_workload.Model.Copy());
            }

            for (int turns = _seed.Below(4); turns > 0; turns--) Turn(node);
        }

        Disk.Faults.Clear();
        node.Until(() => false, 20);
        if (node.Cores.All(core => core.CanWrite)) _workload.Verify(node, _workload.Model);
        else _workload.VerifyKeys(node, _workload.Model);
        Acknowledge(node);
        Disk.Kill();
        node.Abandon();
        return struck;
    }

    private static SimDiskFault OneShot(long number, int errno, Action strike)
    {
        bool done = false;
        return new SimDiskFault
        {
            Kind = SimDiskFaultKind.Fail,
            Errno = errno,
            When = operation =>
            {
                if (done || operation.Number < number || operation.Kind == SimDiskOperationKind.Start)
                    return false;
                done = true;
                strike();
                return true;
            },
        };
    }

    /// <summary>Recovers, through further crashes, and checks. The next life goes on from what was
    /// found.</summary>
    public void Recover(int crashes)
    {
        _waiting.Clear();
        while (true)
        {
            Disk.CrashAt = crashes-- > 0 ? Disk.Mutations + 1 + _seed.Below(30) : 0;
            SimNode? node = null;
            try
            {
                node = Open();
                Disk.CrashAt = 0;
                Check(node);
                node.Close();
                NoteValues(node);
                return;
            }
            catch (SimCrashException)
            {
                Nested++;
                node?.Abandon();
                Disk.Crash();
            }
        }
    }

    private void NoteValues(SimNode? node)
    {
        if (node is null) return;
        ValueLogFigures figures = node.Engine.ValueLog;
        Collected = (Collected.Moved + figures.MovedValues, Collected.Deleted + figures.DeletedFiles);
    }

    private SimNode Open()
    {
        // On a full disk the old logs stay, and the new ones follow them.
        Disk.SeemsFull = _seed.Chance(0.3);
        SimNode node = new(Disk, _clock, _seed.Split(),
            PartitionModelTests.Options(1 + _seed.Below(3), _seed, 4096), _policy);
        Disk.SeemsFull = false;
        Retained += node.Engine.Recovery.LogsRetained;
        return node;
    }

    private void Step(SimNode node)
    {
        int number = ++_number;
        _workload.Step(node, number);
        _history.Add(_workload.Model.Copy());
        int[] partitions = [.. _workload.Written.Distinct()];
        _joint.Add(number, partitions);
        _waiting.Add((number, partitions, [.. node.Cores.Select(core => core.Log.Appended)]));
    }

    private void Turn(SimNode node)
    {
        if (_seed.Chance(0.3)) _clock.Advance(_seed.Below(40_000));
        if (_seed.Chance(0.01)) node.Cores[0].CompactionPolicy = (CompactionPolicy)_seed.Below(4);
        if (_seed.Chance(0.01)) node.Engine.ValueLogThreshold = _seed.Chance(0.8) ? 64 : 0;
        if (_seed.Chance(0.5)) node.TickAndTurn(_seed.Below(node.Cores.Length));
        else node.Turn(_seed.Below(node.Cores.Length));
        Acknowledge(node);
    }

    private void Acknowledge(SimNode? node)
    {
        if (node is null) return;
        // A host acknowledges nothing that builds on what is not durable: effects and leases are held back
        // until then. Hence in order, and not before what other cores had done by then, such as the removal
        // of expired keys.
        while (_waiting.Count > 0)
        {
            (int number, int[] partitions, LogPosition[] ends) = _waiting[0];
            for (int i = 0; i < ends.Length; i++)
                if (node.Cores[i].Log.Synced < ends[i]) return;
            foreach (int p in partitions) _acknowledged[p] = number;
            _waiting.RemoveAt(0);
        }
    }

    private void Check(SimNode node)
    {
        int[] reached = new int[PartitionCount];
        Model now = new(PartitionCount, 3);
        for (int p = 0; p < PartitionCount; p++)
        {
            reached[p] = JointCommands.MarkerOf(node, p);
            Assert(reached[p] >= _acknowledged[p],
                $"p{p} stands after command {reached[p]}, but {_acknowledged[p]} was acknowledged");
            Model expected = _history[reached[p]];
            _workload.Verify(node, expected, p);
            now.Take(expected, p);
        }

        _joint.Check(reached);
        // What was lost never happened; the next life begins here.
        _joint.Clear();
        _workload.Model = now;
        while (_history.Count <= _number) _history.Add(now.Copy());
        for (int p = 0; p < PartitionCount; p++) _acknowledged[p] = reached[p];
    }

    private static void Assert(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException(what);
    }
}
