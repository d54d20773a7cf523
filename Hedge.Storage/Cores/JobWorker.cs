using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Cores;

/// <summary>
/// A core's background work: flushes, compactions and log segments. The host has a thread run it, a
/// simulation steps it.
/// </summary>
/// <remarks>There are four queues: brief jobs (<see cref="BackgroundJob.IsBrief"/>), short ones, long ones
/// (<see cref="BackgroundJob.IsLong"/>) and patient ones (<see cref="BackgroundJob.IsPatient"/>). Short and
/// long jobs take turns, a step each, so that a compaction delays neither a flush nor the next log segment.
/// Patient jobs share the turns of the long ones. Brief jobs take turns with all others. Of each queue one
/// job runs at a time, since a half-done job holds memory and serves nobody.</remarks>
public sealed class JobWorker
{
    private readonly ConcurrentQueue<BackgroundJob> _added = new();
    private readonly ConcurrentQueue<BackgroundJob> _finished = new();
    private readonly Queue<BackgroundJob> _brief = new();
    private readonly Queue<BackgroundJob> _short = new();
    private readonly Queue<BackgroundJob> _long = new();
    private readonly Queue<BackgroundJob> _patient = new();
    private LogSegmentPool? _pool;
    private readonly Action _wakeWorker;
    private Action _wake = static () => { };
    private bool _isBriefsTurn;
    private bool _isLongsTurn;
    private bool _isPatientsTurn;

    /// <summary>Makes a worker without work.</summary>
    /// <param name="wakeWorker">Ends the worker's sleep: there is a job. Called on the core's thread.</param>
    public JobWorker(Action? wakeWorker = null) => _wakeWorker = wakeWorker ?? (static () => { });

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
    public void Add(BackgroundJob job)
    {
        _added.Enqueue(job);
        _wakeWorker();
    }

    /// <summary>Core: takes a finished job back, to complete it; false when there is none.</summary>
    public bool TryTakeFinished([NotNullWhen(true)] out BackgroundJob? job) => _finished.TryDequeue(out job);

    /// <summary>Worker: does one step of one job. False when there is nothing to do,
    /// or only what has just failed.</summary>
    public bool Step()
    {
        bool worked = _pool is { HasWork: true } && _pool.Step();
        TakeAdded();
        Queue<BackgroundJob> line = NextLine();
        if (!line.TryPeek(out BackgroundJob? job)) return worked;
        if (job.Step()) return true;
        line.Dequeue();
        _finished.Enqueue(job);
        _wake();
        return true;
    }

    /// <summary>Drops what has not finished, which loses nothing that the log has. No step may be
    /// running.</summary>
    public void Cancel()
    {
        TakeAdded();
        while (_brief.TryDequeue(out BackgroundJob? brief)) brief.Cancel();
        while (_short.TryDequeue(out BackgroundJob? job)) job.Cancel();
        while (_long.TryDequeue(out BackgroundJob? job)) job.Cancel();
        while (_patient.TryDequeue(out BackgroundJob? job)) job.Cancel();
        while (_finished.TryDequeue(out BackgroundJob? finished)) finished.Cancel();
    }

    private Queue<BackgroundJob> NextLine()
    {
        bool hasOther = _short.Count + _long.Count + _patient.Count > 0;
        _isBriefsTurn = _brief.Count > 0 && (!_isBriefsTurn || !hasOther);
        if (_isBriefsTurn) return _brief;
        bool hasLong = _long.Count + _patient.Count > 0;
        _isLongsTurn = _short.Count == 0 || (!_isLongsTurn && hasLong);
        if (!_isLongsTurn) return _short;
        _isPatientsTurn = _long.Count == 0 || (!_isPatientsTurn && _patient.Count > 0);
        return _isPatientsTurn ? _patient : _long;
    }

    private void TakeAdded()
    {
        while (_added.TryDequeue(out BackgroundJob? added))
        {
            Queue<BackgroundJob> line = added.IsBrief ? _brief
                : added.IsPatient ? _patient : added.IsLong ? _long : _short;
            line.Enqueue(added);
        }
    }
}
