using Hedge.Host.Hosting;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Services;

namespace Hedge.Host.Benchmarks;

/// <summary>A benchmark core's thread and its background thread, built and ended as the server's
/// are.</summary>
internal sealed class BenchThread : IDisposable
{
    private readonly BenchShared _shared;
    private readonly int _index;
    private readonly CoreIoFactory _factory;
    private readonly IClock _clock;
    private readonly JobThread _jobs;
    private readonly Thread _thread;
    private CoreStorage? _storage;

    public BenchThread(BenchShared shared, int index, CoreIoFactory factory, IClock clock)
    {
        _shared = shared;
        _index = index;
        _factory = factory;
        _clock = clock;
        _jobs = new JobThread(index);
        _thread = new Thread(Run) { IsBackground = true, Name = $"hedge-core-{index}" };
        _thread.Start();
    }

    /// <summary>Waits for the end of both threads and frees what the core had.</summary>
    public void Join()
    {
        _thread.Join();
        _jobs.Stop();
        _storage?.Dispose();
    }

    public void Dispose() => _jobs.Dispose();

    private void Run()
    {
        ICoreIo? io = null;
        try
        {
            io = _factory.Create();
            var seed = new SystemSeed();
            _storage = _shared.Engine.CreateCore(_index, io.Disk, seed, _shared.Policy, null);
            _jobs.Worker.Serve(_storage.LogPool, io.Wake);
            new BenchCore(_shared, _index, io, _storage, _clock, _jobs.Worker).Run();
        }
        catch (IOException problem)
        {
            _shared.Fail(problem.Message);
        }
        finally
        {
            io?.Dispose();
        }
    }
}
