using Hedge.Storage.Io;

namespace Hedge.Storage.Exports;

/// <summary>An export of all keys of a database at one moment into a load file
/// (<c>docs/formats/load.md</c>). Any thread may read its state.</summary>
/// <remarks>
/// 1. The <see cref="Snapshot"/> becomes ready.
/// 2. A <c>ExportJob</c> merges all partitions' runs in key order into a file with a temporary name. The
///    file gets its final name when it is whole and durable.
/// </remarks>
public sealed class Export : SnapshotOutput
{
    internal Export(int database, TransferPath path, Snapshot snapshot)
        : base(snapshot) => (Database, Path) = (database, path);

    /// <summary>The database.</summary>
    public int Database { get; }

    /// <summary>The file, which must not exist before.</summary>
    public TransferPath Path { get; }

    /// <summary>Records in the file, once it has ended.</summary>
    public long Records { get; internal set; }
}
