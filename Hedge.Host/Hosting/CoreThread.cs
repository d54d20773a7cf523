using Hedge.Host.Cores;
using Hedge.Host.Settings;
using Hedge.Storage.Cores;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using Hedge.Storage.Io.Services;

namespace Hedge.Host.Hosting;

/// <summary>
/// A core's thread and its background thread. The core is built on its thread, since the ring belongs to the
/// thread that made it; then it runs until stopped, makes its log durable and closes.
/// </summary>
internal sealed class CoreThread : IDisposable
{
    private const int StackBytes = 16 << 20;

    private readonly CoreGroup _group;
    private readonly int _index;
    private readonly Engine _engine;
    private readonly CoreIoFactory _factory;
    private readonly IClock _clock;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private readonly TaskCompletionSource<CoreLoop> _built =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ICoreIo> _io =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _build = new();
    private readonly ManualResetEventSlim _start = new();
    private bool _isAbandoned;
    private readonly JobThread _jobs;

    public CoreThread(CoreGroup group, int index, Engine engine, CoreIoFactory factory, IClock clock,
        Action<Exception> failed)
    {
        _group = group;
        _index = index;
        _engine = engine;
        _factory = factory;
        _clock = clock;
        _failed = failed;
        _jobs = new JobThread(index);
        _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = $"hedge-core-{index}" };
        _thread.Start();
    }

    /// <summary>Waits until the core has its way to the kernel. The reason when it cannot have it; else
    /// null.</summary>
    public string? IoProblem
    {
        get
        {
            try
            {
                _ = _io.Task.GetAwaiter().GetResult();
                return null;
            }
            catch (IOException problem)
            {
                return problem.Message;
            }
        }
    }

    /// <summary>Has the loop built, when all cores have their way to the kernel.</summary>
    public void Build() => _build.Set();

    /// <summary>Ends the thread before its loop is built, and gives back its way to the kernel.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        _build.Set();
        Join();
    }

    /// <summary>The loop, once it has been built. Throws what building it threw.</summary>
    public CoreLoop Loop => _built.Task.GetAwaiter().GetResult();

    /// <summary>Lets the loop run; all cores must have been built.</summary>
    public void Start() => _start.Set();

    /// <summary>Waits for the end of both threads and frees what the core had.</summary>
    public void Join()
    {
        _isAbandoned |= !_build.IsSet;
        _build.Set();
        _start.Set();
        _thread.Join();
        _jobs.Stop();
        if (_built.Task.IsCompletedSuccessfully) Loop.Storage.Dispose();
    }

    public void Dispose()
    {
        if (!_build.IsSet) Abandon();
        _build.Dispose();
        _start.Dispose();
        _jobs.Dispose();
    }

    private CoreLoop Build(ICoreIo io)
    {
        var seed = new SystemSeed();
        CoreStorage storage = _engine.CreateCore(_index, io.Disk, seed,
            StorageSettings.PolicyOf(_group.Server.Settings.Current), null);
        if (storage.StageProblem is { } problem)
        {
            _group.Server.Log(LogLevel.Warning, $"Core {_index} has no stage for its log ({problem}), "
                + "so replies to writes wait until the log is written");
        }

        _jobs.Worker.Serve(storage.LogPool, io.Wake);
        return new CoreLoop(_group, _index, io, storage, _clock, seed, _jobs.Worker);
    }

    private void Run()
    {
        ICoreIo io;
        try
        {
            io = _factory.Create();
        }
        catch (IOException problem)
        {
            _io.SetException(problem);
            _built.SetException(problem);
            return;
        }

        _io.SetResult(io);
        _build.Wait();
        if (_isAbandoned)
        {
            io.Dispose();
            return;
        }

        CoreLoop loop;
        try
        {
            loop = Build(io);
        }
        catch (IOException problem)
        {
            _built.SetException(problem);
            return;
        }

        _built.SetResult(loop);
        _start.Wait();
        try
        {
            loop.Run();
        }
        catch (IOException problem)
        {
            _failed(problem);
        }

        loop.Dispose();
    }
}
