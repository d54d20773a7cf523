using Hedge.Storage.Exports;

namespace Hedge.Storage.Backups;

/// <summary>What a backup is asked for.</summary>
/// <param name="Directory">The directory of backups.</param>
/// <param name="Name">The backup's name (<see cref="BackupSet.IsName"/>).</param>
/// <param name="Keep">How many backups there are to be afterwards, the oldest are deleted; 0 for any
/// number.</param>
/// <param name="IsFull">True to take no file from an earlier backup.</param>
/// <param name="BytesPerSecond">How much may be read and written in a second; 0 for any amount.</param>
/// <param name="HostFiles">The files in the data directory's root that the host keeps there.</param>
public sealed record BackupOrder(string Directory, string Name, int Keep, bool IsFull, long BytesPerSecond,
    IReadOnlyList<string> HostFiles);

/// <summary>A backup of all data at one moment, under way or ended. Any thread may read its state.</summary>
/// <remarks>
/// 1. The <see cref="Snapshot"/> becomes ready.
/// 2. A <c>BackupJob</c> makes a data directory of the runs and value files that hold it, and gives it its
///    name when it is whole and durable.
/// </remarks>
public sealed class Backup : SnapshotOutput
{
    private long _bytes;
    private long _newBytes;
    private long _linkedBytes;
    private long _checkedBytes;

    internal Backup(BackupOrder order, Snapshot snapshot, ulong[] segments, UInt128 id, UInt128 life)
        : base(snapshot) => (Order, Segments, Id, Life) = (order, segments, id, life);

    /// <summary>What was asked for.</summary>
    public BackupOrder Order { get; }

    /// <summary>Where it is when it is whole.</summary>
    public string Path => $"{Order.Directory}/{Order.Name}";

    /// <summary>The moment, Unix milliseconds.</summary>
    public long Milliseconds => Snapshot.NowMilliseconds;

    /// <summary>Bytes of its runs and value files; 0 before that is known.</summary>
    public long Bytes { get => Volatile.Read(ref _bytes); internal set => Volatile.Write(ref _bytes, value); }

    /// <summary>Bytes of those that no earlier backup has, so far.</summary>
    public long NewBytes
    {
        get => Volatile.Read(ref _newBytes);
        internal set => Volatile.Write(ref _newBytes, value);
    }

    /// <summary>Bytes of those that an earlier backup has too, so far.</summary>
    public long LinkedBytes
    {
        get => Volatile.Read(ref _linkedBytes);
        internal set => Volatile.Write(ref _linkedBytes, value);
    }

    /// <summary>Bytes of new files that were read and found to be right, so far.</summary>
    public long CheckedBytes
    {
        get => Volatile.Read(ref _checkedBytes);
        internal set => Volatile.Write(ref _checkedBytes, value);
    }

    internal IReadOnlyList<ulong> Segments { get; }

    internal UInt128 Id { get; }

    internal UInt128 Life { get; }
}
