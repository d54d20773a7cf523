using Hedge.Host.Commands.Keys;
using Hedge.Host.Cores;
using Hedge.Host.Settings;
using Hedge.Storage;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Partitions;
using Hedge.Storage.Recoveries;
using Microsoft.Extensions.Hosting;
using IoMode = Hedge.Storage.Io.IoMode;

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

    /// <summary>Starts to serve; throws <see cref="IOException"/> when that is not possible.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        ServerSettings settings = server.Settings.Current;
        CoreIoFactory factory = CoreIoFactory.Probe(EngineSettings.ModeOf(settings));
        log.Notice($"Hedge {Server.HedgeVersion}, pid {Environment.ProcessId}, {settings.Cores} core(s), "
            + $"{factory.Reason}");
        SystemAllocator.Tune();
        _engine = Engine.Open(EngineSettings.OptionsOf(settings), new PosixDisk(), _clock, new SystemSeed());
        Report(_engine.Recovery);
        var slots = new List<PartitionSlot>();
        foreach (Partition partition in _engine.Partitions)
        {
            var cursors = new CursorTable(partition.Index, _engine.Partitions.Count, new SystemSeed());
            slots.Add(new PartitionSlot(partition, partition.Index % settings.Cores, cursors));
        }

        _group = new CoreGroup(server, settings.Cores, slots);
        server.Clients = new ClientsView(_group);
        server.Checkpoints = new Checkpoints(_engine, _clock, server);
        server.StartLoad = (database, path) => _engine.BeginLoad(database, path, _group.PartitionOf);
        server.StartExport = _engine.BeginExport;
        server.PartitionCount = slots.Count;
        server.IoName = factory.Mode == IoMode.Uring ? "io_uring" : "sockets";
        server.ActiveExpireSet = active => _engine.IsExpiryActive = active;
        server.ShutdownAsked = lifetime.StopApplication;
        server.StartedMilliseconds = _clock.UnixMilliseconds;
        for (int i = 0; i < settings.Cores; i++)
            _threads.Add(new CoreThread(_group, i, _engine, factory, _clock, Fail));
        foreach (CoreThread thread in _threads) _ = thread.Loop;
        foreach (CoreThread thread in _threads) thread.Start();
        _memory = new MemoryWatch(_engine, server.Settings);
        log.Notice($"Ready to accept connections on port {server.BoundPort}");
        return Task.CompletedTask;
    }

    /// <summary>Stops: what was acknowledged is durable when it returns.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_group == null) return;
        if (_memory != null) await _memory.DisposeAsync();
        log.Notice("Stopping: making the logs durable");
        foreach (CoreThread thread in _threads) thread.Loop.Stop();
        foreach (CoreThread thread in _threads) thread.Join();
        log.Notice("Hedge is now ready to exit, bye bye...");
    }

    public void Dispose()
    {
        foreach (CoreThread thread in _threads) thread.Dispose();
        _engine?.Dispose();
        _group?.Dispose();
    }

    private void Report(RecoveryReport report)
    {
        if (report.Logs == 0) return;
        log.Notice(
            $"Recovered {report.Keys} keys in {report.Microseconds / 1000} ms: {report.OperationsApplied} "
            + $"operations from {report.Logs} log(s), {report.RunBytes >> 20} MiB in runs"
            + (report.OperationsDropped + report.TornBytes > 0
                ? $"; {report.OperationsDropped} unacknowledged operations and {report.TornBytes} torn bytes "
                    + "dropped"
                : ""));
    }

    private void Fail(Exception problem)
    {
        log.Warning(problem.Message);
        Environment.ExitCode = 1;
        lifetime.StopApplication();
    }
}
