namespace Hedge.Storage.Cores;

/// <summary>
/// Lets several commands be one log record and pause between them. Owned by the core.
/// <code>
/// Begin → commands → (Pause → other commands of the core → Resume → commands)* → CoreStorage.EndCommand
/// </code>
/// </summary>
/// <remarks>Whoever runs it holds all partitions that it changes until its end.</remarks>
public sealed class CoreTransactions : IDisposable
{
    private const int IdleMax = 4;

    private readonly CoreStorage _core;
    private readonly int _partitions;
    private readonly Stack<OpenChanges> _idle = new();

    internal CoreTransactions(CoreStorage core, int partitions)
    {
        _core = core;
        _partitions = partitions;
    }

    /// <summary>Bytes of native memory of those that pause.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>True when the one that runs has changed something.</summary>
    public bool HasChanges => _core.Changes.Open is { Record.IsEmpty: false };

    /// <summary>Begins: what is changed from now on is one log record.</summary>
    public void Begin() => _core.Changes.Open = _idle.Count > 0 ? _idle.Pop() : new OpenChanges(_partitions);

    /// <summary>Pauses: other commands may run. Memory that exceeds its budget is given back.</summary>
    public OpenChanges Pause()
    {
        OpenChanges open = _core.Changes.Open!;
        _core.Changes.Open = null;
        MemoryBytes += open.MemoryBytes;
        _core.EndPart();
        return open;
    }

    /// <summary>Goes on.</summary>
    public void Resume(OpenChanges open)
    {
        ArgumentNullException.ThrowIfNull(open);
        MemoryBytes -= open.MemoryBytes;
        _core.Changes.Open = open;
    }

    /// <summary>Frees the memory of those that have ended.</summary>
    public void Dispose()
    {
        foreach (OpenChanges open in _idle) open.Dispose();
        _idle.Clear();
    }

    /// <summary>The record is in the log.</summary>
    internal void Ended(OpenChanges open)
    {
        open.End(_core.Touched.Ready);
        if (_idle.Count < IdleMax) _idle.Push(open);
        else open.Dispose();
    }
}
