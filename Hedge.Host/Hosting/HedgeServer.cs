using System.Globalization;
using Hedge.Host.Commands.Scripting;
using Hedge.Host.Cores;
using Hedge.Host.Monitoring;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Storage.Engines;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Io.Services;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Recoveries;
using Microsoft.Extensions.Hosting;
using IoMode = Hedge.Storage.Io.Backends.IoMode;

namespace Hedge.Host.Hosting;

/// <summary>
/// The running server:
/// 1. choose the I/O mode; 2. open the data directory and recover; 3. build one core per thread; 4. listen
/// and let them run. At the end the cores run no more commands, make their logs durable and close.
/// </summary>
internal sealed class HedgeServer(Server server, IHostApplicationLifetime lifetime, ServerLog log)
    : IHostedService, IDisposable
{
    private readonly SystemClock _clock = new();
    private readonly List<CoreThread> _threads = [];
    private CoreGroup? _group;
    private Engine? _engine;
    private MemoryWatch? _memory;
    private PidFile? _pidFile;
    private Supervisor? _supervisor;
    private MonitoredServer? _monitored;
    private HttpServer? _http;

    /// <summary>Starts to serve. Throws <see cref="IOException"/> when it cannot.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ServerSettings settings = server.Settings.Current;
        LastWords.WriteTo(log, server);
        ProcessLimits.IgnoreFileSizeSignal();
        WarnOfSmallMemory(settings);
        server.Settings.Changed += (_, after) => WarnOfSmallMemory(after);
        OomScore.Follow(server.Settings, log);
        if (settings.Process.NoHugePages && !HugePages.Disable())
            log.Warning("disable-thp: the kernel does not let the process do without huge pages");
        _supervisor = Supervisor.Of(settings.Process.Supervised,
            Environment.GetEnvironmentVariable("NOTIFY_SOCKET"), log);
        server.IsSupervised = _supervisor.IsThere;
        CoreIoFactory factory = CoreIoFactory.Probe(EngineSettings.ModeOf(settings));
        log.Notice($"Hedge {Server.HedgeVersion}, pid {Environment.ProcessId}, {settings.Cores} core(s), "
            + $"{factory.Reason}");
        ReportContainer(settings);
        SystemAllocator.Tune();
        _monitored = new MonitoredServer(server, _clock);
        _http = new HttpServer(_monitored);
        _http.Open();
        _engine = Engine.Open(EngineSettings.OptionsOf(settings), new PosixDisk(), _clock, new SystemSeed());
        Report(_engine.Recovery);
        if (_engine.IsOpenToOthers)
            log.Warning($"Other users of this machine can read {settings.DataDirectory}. "
                + "To prevent that, set its mode with chmod 700");
        DescriptorBudget.Apply(server, log, _engine.Partitions.Count);
        var slots = new List<PartitionSlot>();
        foreach (Partition partition in _engine.Partitions)
        {
            var cursors = new CursorTable(partition.Index, _engine.Partitions.Count, new SystemSeed());
            slots.Add(new PartitionSlot(partition, partition.Index % settings.Cores, cursors));
        }

        _group = new CoreGroup(server, settings.Cores, slots);
        factory = MakeThreads(_group, _engine, factory, settings);
        server.Listeners.Log = server.Log;
        server.Listeners.Open(factory.Listen, settings);
        server.Clients = new ConnectedClients(_group);
        server.Checkpoints = new Checkpoints(_engine, _clock, server);
        server.StartLoad = (database, path) => _engine.BeginLoad(database, path, _group.Table.Of);
        server.StartExport = _engine.BeginExport;
        server.StartBackup = _engine.BeginBackup;
        server.LastBackup = () => _engine.Backup;
        server.Archive = () => _engine.Archive;
        server.StartListing = _engine.BeginListing;
        server.StartWalk = _engine.BeginWalk;
        FunctionPayload.Open(server, _engine);
        server.IsListing = () => _engine.IsListing;
        server.PartitionCount = slots.Count;
        server.IoName = factory.Mode == IoMode.Uring ? "io_uring" : "sockets";
        server.ActiveExpireSet = active => _engine.IsExpiryActive = active;
        server.ShutdownAsked = lifetime.StopApplication;
        server.StartedMilliseconds = _clock.UnixMilliseconds;
        foreach (CoreThread thread in _threads) thread.Build();
        foreach (CoreThread thread in _threads) _ = thread.Loop;
        server.Statistics.StartupMemoryBytes = server.Statistics.UsedMemoryBytes();
        foreach (CoreThread thread in _threads) thread.Start();
        _monitored.Serve(_group, _engine.Recovery);
        _memory = new MemoryWatch(_engine, server.Settings);
        _pidFile = PidFile.Write(settings.Process.PidFile, log);
        log.Notice($"Ready to accept connections on {server.Listeners}");
        _supervisor.Ready();
        return Task.CompletedTask;
    }

    /// <summary>Stops. Acknowledged writes are durable when it returns.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_group == null) return;
        if (_memory != null) await _memory.DisposeAsync();
        log.Notice("Stopping: making the logs durable");
        _supervisor?.Stopping();
        _http?.StopGathering();
        foreach (CoreThread thread in _threads) thread.Loop.Stop();
        foreach (CoreThread thread in _threads) thread.Join();
        foreach (CoreThread thread in _threads) ReportUnwritten(thread.Loop);
        if (_http != null) await _http.DisposeAsync();
        _pidFile?.Dispose();
        log.Notice("Hedge is now ready to exit, bye bye...");
    }

    public void Dispose()
    {
        _http?.DisposeAsync().AsTask().Wait();
        foreach (CoreThread thread in _threads) thread.Dispose();
        _engine?.Dispose();
        _group?.Dispose();
    }

    // All cores reach the kernel in the same way. Where not every core gets a ring, and io_uring is not
    // demanded, none takes one.
    private CoreIoFactory MakeThreads(
        CoreGroup group, Engine engine, CoreIoFactory factory, ServerSettings settings)
    {
        for (int i = 0; i < settings.Cores; i++)
            _threads.Add(new CoreThread(group, i, engine, factory, _clock, Fail));
        string?[] problems = [.. _threads.Select(thread => thread.IoProblem)];
        if (problems.FirstOrDefault(problem => problem is not null) is not { } why) return factory;
        bool mayFallBack = EngineSettings.ModeOf(settings) == IoMode.Auto && factory.Mode == IoMode.Uring;
        if (!mayFallBack) throw new IOException(why);
        foreach (CoreThread thread in _threads)
        {
            thread.Abandon();
            thread.Dispose();
        }

        _threads.Clear();
        log.Warning($"{why}. The portable mode serves clients meanwhile, which takes more processor time");
        return MakeThreads(group, engine, factory.FallBack(why), settings);
    }

    private void WarnOfSmallMemory(ServerSettings settings)
    {
        if (settings.MaxMemoryBytes is 0 or >= ServerSettings.MemoryBudgetMin) return;
        server.Log(LogLevel.Warning, $"maxmemory {settings.MaxMemoryBytes} is too low. Hedge uses its "
            + $"minimum, {ServerSettings.MemoryBudgetMin}");
    }

    private void ReportContainer(ServerSettings settings)
    {
        ContainerLimits limits = ContainerLimits.Read();
        server.Container = limits;
        string memory = limits.MemoryBytes is { } bytes ? $"{bytes >> 20} MiB" : "not limited";
        string cpus = limits.Cpus is { } share ? share.ToString("0.##", CultureInfo.InvariantCulture)
            : "not limited";
        string budget = settings.MaxMemoryBytes > 0 ? "" : " (by default)";
        log.Notice($"Control group: memory {memory}, processors {cpus}; maxmemory "
            + $"{settings.MemoryBudgetBytes >> 20} MiB{budget}, {settings.Cores} core(s) on "
            + $"{Environment.ProcessorCount} processor(s)");
    }

    private void Report(RecoveryReport report)
    {
        foreach (string damage in report.Damages) log.Warning(damage);
        if (report.Damages.Count > 0)
        {
            log.Warning($"Started although data is missing, since log-load-truncated is yes. "
                + $"At least {report.OperationsLost} operations are lost");
        }

        if (report.ArchiveProblem is { } problem)
            log.Warning($"The logs that backups need could not be copied: {problem}");
        if (report.LogsRetained > 0)
        {
            log.Warning($"The disk is nearly full. The changes in {report.LogsRetained} log(s) stay in "
                + "memory, and the logs stay until the changes can be flushed");
        }

        if (report.Logs == 0) return;
        log.Notice(
            $"Recovered {report.Keys} keys in {report.Microseconds / 1000} ms: {report.OperationsApplied} "
            + $"operations from {report.Logs} log(s), {report.RunBytes >> 20} MiB in runs"
            + (report.StagedBytes > 0
                ? $"; wrote {report.StagedBytes} bytes of records that a killed process had not written" : "")
            + (report.OperationsDropped + report.TornBytes > 0
                ? $"; dropped {report.TornBytes} torn bytes that were never synced and "
                    + $"{report.OperationsDropped} operations after them"
                : ""));
    }

    // Acknowledged writes are in the stage. The kernel has them, and the next start writes them.
    private void ReportUnwritten(CoreLoop loop)
    {
        LogWriter written = loop.Storage.Log;
        if (written.IsClosed) return;
        log.Warning($"{written.BufferedBytes} bytes of core {loop.Index}'s log could not be written, "
            + $"and {written.Appended.Value - written.Synced.Value} are not synced: "
            + $"{written.Failure?.Message}. "
            + "The next start writes them. They are lost if the machine stops before that");
        if (server.Shutdown is not ({ Force: true } or { Save: false })) Environment.ExitCode = 1;
    }

    private void Fail(Exception problem)
    {
        log.Warning(problem.Message);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }
}
