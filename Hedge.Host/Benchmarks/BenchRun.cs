using System.Diagnostics;
using Hedge.Host.Cores;
using Hedge.Host.Hosting;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Host.Tools;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Loads;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// A run: opens the data directory, starts the cores and takes them through the phases (load, drain,
/// warm-up, the workload), prints how it goes, and closes.
/// </summary>
internal sealed class BenchRun(BenchOptions options, TextWriter output, ToolProgress progress)
{
    // Four looks are longer than two ticks of a core: a compaction that is due has begun by then.
    private const int LookMilliseconds = 100;
    private const int QuietLooks = 4;

    // What is measured must not repeat the operations of the warming up.
    private const ulong WarmUpSeed = 1UL << 24;

    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly List<PhaseReport> _reports = [];
    private BenchShared _shared = null!;

    /// <summary>Phases as far as they have come.</summary>
    public IReadOnlyList<PhaseReport> Reports => _reports;

    /// <summary>Through what the cores reached the disk.</summary>
    public string IoDescription { get; private set; } = "";

    /// <summary>Runs. Returns what has gone wrong, or null.</summary>
    /// <exception cref="IOException">The data directory cannot be opened, or is not empty and not meant to be
    /// used.</exception>
    /// <exception cref="NotSupportedException">io_uring was demanded and is not to be had.</exception>
    public string? Execute()
    {
        CheckDirectory();
        CoreIoFactory factory = CoreIoFactory.Probe(EngineSettings.ModeOf(options.Engine));
        IoDescription = factory.Reason;
        SystemAllocator.Tune();
        var clock = new SystemClock();
        using Engine engine = Engine.Open(
            EngineSettings.OptionsOf(options.Engine), new PosixDisk(), clock, new SystemSeed());
        bool isExact = options.EffectiveCheck == ValueCheck.Exact;
        _shared = new BenchShared
        {
            Options = options,
            Engine = engine,
            Keys = new KeySpace(options.KeyBytes, options.AreKeysOrdered),
            Versions = isExact ? new Versions((ulong)options.Records) : null,
            Policy = StorageSettings.PolicyOf(options.Engine),
        };
        List<BenchThread> threads = [];
        var memory = new MemoryWatch(engine, new SettingStore(options.Engine, null));
        try
        {
            for (int i = 0; i < options.Engine.Cores; i++)
                threads.Add(new BenchThread(_shared, i, factory, clock));
            RunPhases();
        }
        finally
        {
            _shared.IsStopping = true;
            foreach (BenchThread thread in threads) thread.Join();
            foreach (BenchThread thread in threads) thread.Dispose();
            memory.DisposeAsync().AsTask().Wait();
        }

        return _shared.Failure;
    }

    private void CheckDirectory()
    {
        string path = options.Engine.DataDirectory;
        bool isEmpty = !Directory.Exists(path) || !Directory.EnumerateFileSystemEntries(path).Any();
        if (!options.UsesExisting && !isEmpty)
        {
            throw new IOException($"--dir: {path} is not empty; name another directory, or use what an "
                + "earlier run has left with --use-existing");
        }

        if (options.UsesExisting && isEmpty)
            throw new IOException($"--use-existing: there is nothing in {path}");
    }

    private void RunPhases()
    {
        Workload workload = options.EffectiveWorkload;
        bool makesOwnData = workload.IsLoad || workload.IsBulk || workload.IsTimeSeries;
        if (!makesOwnData && !options.UsesExisting)
        {
            RunWorkload("load", Workload.All[0], options.Records, 0);
            if (options.Drains) Drain();
        }

        if (workload.IsBulk) LoadBulk();
        else if (_shared.Failure is null)
        {
            if (options.WarmUpSeconds > 0)
                RunWorkload("warm-up", workload, long.MaxValue, options.WarmUpSeconds, WarmUpSeed);
            if (_shared.Failure is null)
                RunWorkload(workload.Name, workload, options.OperationsMax, options.Seconds);
        }

        if (options.Drains && _shared.Failure is null) Drain();
        if (options.RestSeconds > 0 && _shared.Failure is null)
            Idle("rest", (_, looks) => looks * LookMilliseconds / 1000.0 >= options.RestSeconds);
    }

    private void RunWorkload(
        string name, Workload workload, long operations, long seconds, ulong seedOffset = 0)
    {
        int cores = options.Engine.Cores;
        BenchOptions seeded = options with { Seed = options.Seed + seedOffset };
        OperationSource[] sources = new OperationSource[cores];
        for (int i = 0; i < cores; i++)
        {
            sources[i] = new OperationSource(
                seeded, workload, _shared.Keys, i, _shared.Engine.Partitions.Count);
        }

        using var phase = new BenchPhase(name, cores)
        {
            Sources = sources,
            // Loads and deletions end with the ids.
            OperationsPerCore = workload.IsLoad ? long.MaxValue : 1 + ((operations - 1) / cores),
        };
        var meter = new PhaseMeter(phase, options);
        Work(phase, meter, seconds);
        if (_shared.Failure is null) Add(meter.Report());
        _shared.Phase = null;
    }

    /// <summary>Waits for the cores, with a line every second, and ends the phase when its time is
    /// over.</summary>
    private void Work(BenchPhase phase, PhaseMeter meter, long seconds)
    {
        long started = Stopwatch.GetTimestamp();
        _shared.Phase = phase;
        long before = 0;
        TimeSpan next = ProgressInterval;
        while (!phase.Wait(PollInterval))
        {
            if (_shared.Failure is not null) return;
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (seconds > 0 && elapsed.TotalSeconds >= seconds) phase.End();
            if (elapsed < next) continue;
            long done = phase.Operations;
            double interval = (elapsed - next + ProgressInterval).TotalSeconds;
            long directory = meter.SampleDirectory();
            long perSecond = (long)((done - before) / interval);
            progress.Tell(() => ReportText.Progress(phase, elapsed.TotalSeconds, perSecond, directory));
            before = done;
            next = elapsed + ProgressInterval;
        }
    }

    /// <summary>Makes the sorted file, which is not measured, and loads it.</summary>
    private void LoadBulk()
    {
        using var file = new BulkFile(options, _shared.Keys);
        output.WriteLine(file.Make());
        using var phase = new BenchPhase(options.Workload.Name, options.Engine.Cores);
        var meter = new PhaseMeter(phase, options);
        _shared.Phase = phase;
        phase.Wait(Timeout.InfiniteTimeSpan);
        long began = Stopwatch.GetTimestamp();
        int partitions = _shared.Engine.Partitions.Count;
        BulkLoad load = _shared.Engine.BeginLoad(0, TransferPath.At(file.Path),
            key => (int)((uint)HashSlots.Of(key) * (uint)partitions / HashSlots.Count))!;
        for (int looks = 1; !load.IsOver && _shared.Failure is null; looks++)
        {
            Thread.Sleep(PollInterval);
            if (looks % (ProgressInterval / PollInterval) != 0) continue;
            long directory = meter.SampleDirectory();
            progress.Tell(() => ReportText.Progress(
                phase, Stopwatch.GetElapsedTime(began).TotalSeconds, 0, directory));
        }

        long ended = Stopwatch.GetTimestamp();
        if (load.Failure is { } failure) _shared.Fail(failure);
        // A core looks at its engine ten times a second.
        Thread.Sleep(QuietLooks * LookMilliseconds);
        foreach (CoreFigures core in phase.Figures)
            (core.After, core.Began, core.Ended) = (core.Latest, began, ended);
        CoreFigures first = phase.Figures[0];
        first.Operations = load.Records;
        first.UserBytesWritten = load.Records * (options.KeyBytes + (long)options.ValueBytes);
        if (_shared.Failure is null) Add(meter.Report());
        _shared.Phase = null;
    }

    /// <summary>Waits until everything is in runs, nothing is left to merge, and the logs have given their
    /// space back.</summary>
    private void Drain()
    {
        long checkpoint = _shared.Engine.BeginCheckpoint();
        int quiet = 0;
        Idle("drain", (phase, _) =>
        {
            bool isQuiet = _shared.Engine.IsCheckpointDone(checkpoint) && phase.Figures.All(f =>
                f.Latest is
                {
                    Partitions: { FrozenGenerations: 0, CompactionsUnderWay: 0 }, IsLogAtRest: true,
                });
            quiet = isQuiet ? quiet + 1 : 0;
            return quiet >= QuietLooks;
        });
    }

    /// <summary>A phase without operations.</summary>
    private void Idle(string name, Func<BenchPhase, int, bool> isOver)
    {
        using var phase = new BenchPhase(name, options.Engine.Cores);
        var meter = new PhaseMeter(phase, options);
        _shared.Phase = phase;
        bool goesOn = true;
        for (int looks = 1; goesOn && _shared.Failure is null; looks++)
        {
            Thread.Sleep(LookMilliseconds);
            goesOn = !isOver(phase, looks);
            if (looks * LookMilliseconds % 1000 != 0) continue;
            long directory = meter.SampleDirectory();
            double seconds = looks * LookMilliseconds / 1000.0;
            progress.Tell(() => ReportText.Progress(phase, seconds, 0, directory));
        }

        foreach (CoreFigures core in phase.Figures)
        {
            core.After = core.Latest;
            core.Ended = Stopwatch.GetTimestamp();
        }

        if (_shared.Failure is null) Add(meter.Report());
        _shared.Phase = null;
    }

    private void Add(PhaseReport report)
    {
        _reports.Add(report);
        progress.End();
        output.WriteLine();
        output.WriteLine(ReportText.Of(report));
    }
}
