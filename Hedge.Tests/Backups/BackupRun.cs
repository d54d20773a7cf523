using Hedge.Storage.Backups;
using Hedge.Storage.Logs;
using Hedge.Storage.Restores;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Backups;

/// <summary>A backup, and what it must hold.</summary>
internal sealed record TakenBackup(Backup Backup, Model Model, int Life);

/// <summary>
/// Lives of a node under a workload, with backups and kept logs. Whatever is restored must be the data as it
/// was at the backup's moment, or a clean prefix that ends at the wanted time.
/// </summary>
internal sealed class BackupRun
{
    public const string Backups = "backups";
    private const int PartitionCount = 4;

    private readonly SimSeed _seed;
    private readonly SimClock _clock = new();
    private readonly SyncPolicy _policy;
    private readonly Workload _workload;
    private readonly List<Model> _history = [];
    private readonly List<(long Time, int[] Partitions)> _commands = [(0, [])];
    private readonly JointCommands _joint = new();
    private readonly List<(int Number, int[] Partitions, LogPosition[] Ends)> _waiting = [];
    private readonly List<(long Time, int Number, int[] Partitions)> _durable = [];
    private readonly HashSet<int> _lost = [];
    private SimNode _node;
    private int _number;
    private int _lives;

    public BackupRun(ulong seed, SyncPolicy policy)
    {
        _seed = new SimSeed(seed);
        _policy = policy;
        _clock.Advance(1_000_000);
        Disk = new SimDisk(_seed.Next(), _clock);
        _workload = new Workload(_seed, _clock, new Model(PartitionCount, 3), 12, 300);
        _history.Add(_workload.Model.Copy());
        _node = Open(Disk, "data", Backups);
    }

    public SimDisk Disk { get; }

    public SimNode Node => _node;

    public long Now => _clock.UnixMilliseconds;

    /// <summary>The backups that have not failed, oldest first.</summary>
    public List<TakenBackup> Taken { get; } = [];

    /// <summary>Commands, with turns between them.</summary>
    public void Work(int commands)
    {
        for (int i = 0; i < commands; i++)
        {
            int number = ++_number;
            _workload.Step(_node, number);
            _history.Add(_workload.Model.Copy());
            int[] partitions = [.. _workload.Written.Distinct()];
            _commands.Add((_clock.UnixMilliseconds, partitions));
            _joint.Add(number, partitions);
            _waiting.Add((number, partitions, [.. _node.Cores.Select(core => core.Log.Appended)]));
            for (int turns = _seed.Below(4); turns > 0; turns--) Turn();
        }
    }

    /// <summary>Begins a backup, and works until it is over.</summary>
    public Backup Take(string name, int keep = 0, bool isFull = false, long rate = 0)
    {
        Backup? backup = null;
        Model model = _workload.Model.Copy();
        _node.Run(0, core =>
        {
            backup = _node.Engine.BeginBackup(
                core, new BackupOrder(Backups, name, keep, isFull, rate, ["HOST"]));
            return true;
        });
        for (int i = 0; i < 4000 && !backup!.IsOver; i++)
        {
            if (_seed.Chance(0.2)) Work(1);
            else Tick();
        }

        if (!backup!.IsOver) throw new InvalidOperationException("the backup does not end");
        if (backup.Failure is null) Taken.Add(new TakenBackup(backup, model, _lives));
        return backup;
    }

    /// <summary>The process ends and starts again.</summary>
    /// <param name="how">0: in order; 1: killed; 2: the power fails.</param>
    public void Restart(int how)
    {
        if (how == 0)
        {
            _node.Close();
        }
        else
        {
            if (how == 1) Disk.Kill();
            else Disk.Crash();
            _node.Abandon();
        }

        _waiting.Clear();
        _node = Open(Disk, "data", Backups);
        if (_node.Engine.Recovery.ArchiveProblem is { } problem)
            throw new InvalidOperationException(problem);
        _lives++;
        int[] reached = Reached(_node, _workload);
        Model now = new(PartitionCount, 3);
        for (int p = 0; p < PartitionCount; p++) now.Take(_history[reached[p]], p);
        for (int number = 1; number <= _number; number++)
            if (_commands[number].Partitions.All(p => number > reached[p])) _lost.Add(number);
        _workload.Model = now;
        _joint.Clear();
    }

    /// <summary>Restores a backup to its moment, and compares.</summary>
    public void CheckMoment(TakenBackup taken)
    {
        SimDisk disk = Disk.Fork(_seed.Next());
        Restore(disk, taken.Backup, null, long.MaxValue);
        SimNode node = Open(disk, "restored", null);
        _workload.Verify(node, taken.Model);
        node.Close();
    }

    /// <summary>Restores a backup with the logs kept since, and checks that it is a clean prefix up to a
    /// time.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="until">The wanted time.</param>
    /// <param name="lagMilliseconds">How far the logs may be behind.</param>
    public RestoreFigures CheckUntil(Backup backup, long until, long lagMilliseconds)
    {
        SimDisk disk = Disk.Fork(_seed.Next());
        RestoreFigures figures = Restore(disk, backup, Backups, until);
        if (figures.Gap is not null) throw new InvalidOperationException(figures.Gap);
        if (figures.Milliseconds > until) throw new InvalidOperationException("it reached too far");
        SimNode node = Open(disk, "restored", null);
        int[] reached = Reached(node, _workload);
        _joint.Check(reached);
        foreach (int number in reached)
        {
            if (_commands[number].Time > until)
                throw new InvalidOperationException($"command {number} came after the wanted time");
        }

        foreach ((long time, int number, int[] partitions) in _durable)
        {
            if (time > until - lagMilliseconds || _lost.Contains(number)) continue;
            foreach (int p in partitions)
            {
                if (reached[p] >= number) continue;
                throw new InvalidOperationException($"p{p} stands after command {reached[p]}, but {number} "
                    + $"was durable {until - time} ms before the wanted time");
            }
        }

        node.Close();
        return figures;
    }

    public void Close() => _node.Close();

    /// <summary>Turns and ticks until the logs are where they should be.</summary>
    public void Rest(int turns = 1500) => _node.Until(() =>
    {
        Acknowledge();
        return false;
    }, turns);

    private RestoreFigures Restore(SimDisk disk, Backup backup, string? logs, long until) =>
        DirectoryRestore.Run(
            new RestoreOptions
            {
                Backup = $"{Backups}/{backup.Order.Name}",
                Target = "restored",
                Logs = logs,
                UntilMilliseconds = until,
                Links = _seed.Chance(0.3),
                MemoryBytes = 1 << 20,
            },
            disk, _clock, _seed.Split(), static _ => { });

    private int[] Reached(SimNode node, Workload workload)
    {
        int[] reached = new int[PartitionCount];
        for (int p = 0; p < PartitionCount; p++)
        {
            reached[p] = JointCommands.MarkerOf(node, p);
            if (_lost.Contains(reached[p]))
                throw new InvalidOperationException($"p{p} has command {reached[p]}, which was lost before");
            workload.Verify(node, _history[reached[p]], p);
        }

        return reached;
    }

    private SimNode Open(SimDisk disk, string directory, string? archive) => new(disk, _clock, _seed.Split(),
        PartitionModelTests.Options(1 + _seed.Below(3), _seed, 4096, directory: directory, archive: archive),
        _policy);

    private void Turn()
    {
        if (_seed.Chance(0.3)) _clock.Advance(_seed.Below(40_000));
        if (_seed.Chance(0.01)) _node.Engine.ValueLogThreshold = _seed.Chance(0.8) ? 64 : 0;
        if (_seed.Chance(0.5)) Tick();
        else _node.Turn(_seed.Below(_node.Cores.Length));
        Acknowledge();
    }

    private void Tick()
    {
        _clock.Advance(_seed.Below(3000));
        for (int core = 0; core < _node.Cores.Length; core++) _node.TickAndTurn(core);
        Acknowledge();
    }

    private void Acknowledge()
    {
        while (_waiting.Count > 0)
        {
            (int number, int[] partitions, LogPosition[] ends) = _waiting[0];
            for (int i = 0; i < ends.Length; i++)
                if (_node.Cores[i].Log.Synced < ends[i]) return;
            _durable.Add((_clock.UnixMilliseconds, number, partitions));
            _waiting.RemoveAt(0);
        }
    }
}
