namespace Hedge.Storage.Manifests;

/// <summary>A small file of the data directory that is being replaced. Any thread may read it.</summary>
public sealed class FileReplacement
{
    private volatile string? _failure;
    private volatile bool _isOver;

    /// <summary>True when the file is durable, or when that has failed.</summary>
    public bool IsOver => _isOver;

    /// <summary>Why it has failed: the old file or the new one is there. Null when it has not.</summary>
    public string? Failure => _failure;

    internal void End(string? failure)
    {
        _failure = failure;
        _isOver = true;
    }
}
