using System.Collections.Concurrent;
using Hedge.Storage.Jobs;

namespace Hedge.Host.Cores;

/// <summary>
/// A core's background thread: runs the steps of flushes, compactions and other blocking work one job after the other at
/// low priority, and hands finished jobs back to the core.
/// </summary>
internal sealed class JobWorker : IDisposable
{
    private readonly BlockingCollection<BackgroundJob> _jobs = new(new ConcurrentQueue<BackgroundJob>());
    private readonly ConcurrentQueue<BackgroundJob> _finished = new();
    private readonly Thread _thread;
    private Action _wake = static () => { };
    private volatile bool _stopping;

    public JobWorker(int core)
    {
        _thread = new Thread(Run)
        {
            IsBackground = true,
            Name = $"hedge-job-{core}",
            Priority = ThreadPriority.BelowNormal,
        };
        _thread.Start();
    }

    /// <summary>What to call when a job has finished: wakes the core.</summary>
    public void WakeWith(Action wake) => _wake = wake;

    /// <summary>Takes a job from the core.</summary>
    public void Add(BackgroundJob job) => _jobs.Add(job);

    /// <summary>The core takes a finished job back.</summary>
    public bool TryTakeFinished(out BackgroundJob? job) => _finished.TryDequeue(out job);

    /// <summary>Ends after the present step; jobs not finished are dropped, which loses nothing that the log has.</summary>
    public void Dispose()
    {
        _stopping = true;
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
    }

    private void Run()
    {
        foreach (BackgroundJob job in _jobs.GetConsumingEnumerable())
        {
            while (!_stopping && job.Step())
            {
            }

            if (_stopping) return;
            _finished.Enqueue(job);
            _wake();
        }
    }
}
