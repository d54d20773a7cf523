using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Jobs;

/// <summary>
/// A core's background work: flushes, compactions and log segments. All jobs advance in turns, a step each,
/// so that a long compaction holds up neither a flush nor the next log segment. The host has a thread run it,
/// a simulation steps it.
/// </summary>
public sealed class JobWorker
{
    private readonly ConcurrentQueue<BackgroundJob> _added = new();
    private readonly ConcurrentQueue<BackgroundJob> _finished = new();
    private readonly List<BackgroundJob> _running = [];
    private LogSegmentPool? _pool;
    private Action _wake = static () => { };
    private int _next;

    /// <summary>Tells the worker which core it serves. Before anything else.</summary>
    /// <param name="pool">The core's log segments.</param>
    /// <param name="wakeCore">Ends the core's sleep: a job is finished. Called on the worker's
    /// thread.</param>
    public void Serve(LogSegmentPool pool, Action wakeCore)
    {
        _pool = pool;
        _wake = wakeCore;
    }

    /// <summary>Core: takes a job.</summary>
    public void Add(BackgroundJob job) => _added.Enqueue(job);

    /// <summary>Core: takes a finished job back, to complete it; false when there is none.</summary>
    public bool TryTakeFinished([NotNullWhen(true)] out BackgroundJob? job) => _finished.TryDequeue(out job);

    /// <summary>Worker: does one step of one job. False when there is nothing to do,
    /// or only what has just failed.</summary>
    public bool Step()
    {
        bool worked = _pool is { HasWork: true } && _pool.Step();
        while (_added.TryDequeue(out BackgroundJob? added)) _running.Add(added);
        if (_running.Count == 0) return worked;
        _next = (_next + 1) % _running.Count;
        BackgroundJob job = _running[_next];
        if (job.Step()) return true;
        _running.RemoveAt(_next);
        _finished.Enqueue(job);
        _wake();
        return true;
    }

    /// <summary>Drops what has not finished, which loses nothing that the log has. No step may be
    /// running.</summary>
    public void Cancel()
    {
        while (_added.TryDequeue(out BackgroundJob? added)) _running.Add(added);
        foreach (BackgroundJob job in _running) job.Cancel();
        while (_finished.TryDequeue(out BackgroundJob? finished)) finished.Cancel();
        _running.Clear();
    }
}
