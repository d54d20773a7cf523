using Hedge.Storage.Cores;
using Hedge.Storage.Io.Services;

namespace Hedge.Host.Hosting;

/// <summary>A low-priority thread that runs a core's background work.</summary>
internal sealed class JobThread : IDisposable
{
    /// <summary>How often an idle worker looks for work: nobody signals it when log segments are
    /// returned.</summary>
    private const int IdleMilliseconds = 20;

    private readonly AutoResetEvent _wake = new(false);
    private readonly Thread _thread;
    private volatile bool _stopping;

    public JobThread(int core)
    {
        Worker = new JobWorker(() => _wake.Set());
        _thread = new Thread(Run)
        {
            IsBackground = true,
            Name = $"hedge-job-{core}",
        };
        _thread.Start();
    }

    public JobWorker Worker { get; }

    /// <summary>Ends after the present step.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Set();
        _thread.Join();
        Worker.Cancel();
    }

    /// <summary>Ends, if <see cref="Stop"/> has not been called: a start that fails does not.</summary>
    public void Dispose()
    {
        if (!_stopping) Stop();
        _wake.Dispose();
    }

    private void Run()
    {
        BackgroundPriority.Lower();
        while (!_stopping)
        {
            if (!Worker.Step()) _wake.WaitOne(IdleMilliseconds);
        }
    }
}
