using Hedge.Storage.Io;

namespace Hedge.Storage.Exports;

/// <summary>An export of all keys of a database at one moment into a load file
/// (<c>docs/formats/load.md</c>). Any thread may read its state.</summary>
/// <remarks>
/// 1. The <see cref="Snapshot"/> becomes ready.
/// 2. A <c>ExportJob</c> merges all partitions' runs in key order into a file with a temporary name. The
///    file gets its final name when it is whole and durable.
/// </remarks>
public sealed class Export
{
    private volatile string? _failure;
    private volatile bool _isOver;

    internal Export(int database, TransferPath path, Snapshot snapshot)
    {
        Database = database;
        Path = path;
        Snapshot = snapshot;
    }

    /// <summary>The database.</summary>
    public int Database { get; }

    /// <summary>The file, which must not exist before.</summary>
    public TransferPath Path { get; }

    /// <summary>True when it has ended.</summary>
    public bool IsOver => _isOver;

    /// <summary>Why it failed and left no file; null when it has not failed.</summary>
    public string? Failure => _failure;

    /// <summary>Records in the file, once it has ended.</summary>
    public long Records { get; internal set; }

    internal Snapshot Snapshot { get; }

    internal bool IsStarted { get; set; }

    /// <summary>Frees what the job holds, at the end.</summary>
    internal Action? Freed { get; set; }

    internal void End(string? failure)
    {
        if (_isOver) return;
        Freed?.Invoke();
        Snapshot.Release();
        _failure = failure;
        _isOver = true;
    }
}
