namespace Hedge.Storage.Exports;

/// <summary>What a background job makes of a snapshot when that is ready. Any thread may read its
/// state.</summary>
public abstract class SnapshotOutput
{
    private volatile string? _failure;
    private volatile bool _isOver;

    private protected SnapshotOutput(Snapshot snapshot) => Snapshot = snapshot;

    /// <summary>True when it has ended.</summary>
    public bool IsOver => _isOver;

    /// <summary>Why it failed and left nothing; null when it has not failed.</summary>
    public string? Failure => _failure;

    internal Snapshot Snapshot { get; }

    /// <summary>True once its job was begun.</summary>
    internal bool IsStarted { get; private set; }

    /// <summary>Frees what the job holds, at the end.</summary>
    internal Action? Freed { get; set; }

    /// <summary>True once, when the job is to be begun. A snapshot that failed ends it.</summary>
    internal bool TryStart()
    {
        if (IsStarted || _isOver) return false;
        if (Snapshot.Failure is { } reason) End(reason);
        else IsStarted = Snapshot.IsReady;
        return IsStarted;
    }

    internal void End(string? failure)
    {
        if (_isOver) return;
        Freed?.Invoke();
        Snapshot.Release();
        _failure = failure;
        _isOver = true;
    }
}
