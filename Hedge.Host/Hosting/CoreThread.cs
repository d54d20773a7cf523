using System.Net;
using Hedge.Host.Cores;
using Hedge.Host.Settings;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Host.Hosting;

/// <summary>
/// A core's thread. The core is built on it, since its ring belongs to the thread that made it; then it runs until stopped.
/// </summary>
internal sealed class CoreThread : IDisposable
{
    private readonly Thread _thread;
    private readonly TaskCompletionSource<CoreLoop> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _start = new();
    private readonly JobWorker _worker;
    private readonly Action<Exception> _failed;

    public CoreThread(CoreGroup group, int index, Engine engine, CoreIoFactory factory, IClock clock,
        Action<Exception> failed)
    {
        _failed = failed;
        _worker = new JobWorker(index);
        _thread = new Thread(() => Run(group, index, engine, factory, clock), 16 << 20)
        {
            IsBackground = true,
            Name = $"hedge-core-{index}",
        };
        _thread.Start();
    }

    /// <summary>The loop, once it has been built. Throws what building it threw.</summary>
    public CoreLoop Loop => _built.Task.GetAwaiter().GetResult();

    /// <summary>Lets the loop run; all cores must have been built.</summary>
    public void Start() => _start.Set();

    /// <summary>Waits for the thread's end.</summary>
    public void Join() => _thread.Join();

    public void Dispose()
    {
        _start.Set();
        _start.Dispose();
        _worker.Dispose();
    }

    private static void Listen(CoreLoop loop)
    {
        ServerSettings settings = loop.Settings;
        int port = settings.Port;
        foreach (BindAddress bind in settings.Bind)
            port = loop.Io.Transport.Listen(new IPEndPoint(bind.Address, port), settings.TcpBacklog).Port;
        loop.Group.Server.BoundPort = port;
    }

    private void Run(CoreGroup group, int index, Engine engine, CoreIoFactory factory, IClock clock)
    {
        CoreLoop loop;
        try
        {
            ICoreIo io = factory.Create();
            loop = new CoreLoop(group, index, io, engine.CreateCore(index, io.Disk), clock, new SystemSeed(), _worker);
            _worker.WakeWith(io.Wake);
            if (index == 0) Listen(loop);
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
            loop.Dispose();
        }
        catch (IOException problem)
        {
            _failed(problem);
        }
    }
}
