using Hedge.Storage.Records;

namespace Hedge.Storage.Exports;

/// <summary>Takes the keys that a <see cref="KeyListing"/> finds in one partition, in key order. A
/// background thread calls it.</summary>
public interface IKeyTaker
{
    /// <summary>Takes a key, which is valid during the call.</summary>
    /// <returns>False when there are too many keys. Then the listing fails.</returns>
    bool Take(ReadOnlySpan<byte> key, RecordType type);
}

/// <summary>
/// A listing of the keys of a database at one moment. Background threads find them while commands go on.
/// Any thread may read its state.
/// </summary>
/// <remarks>
/// 1. At the moment, while all partitions are held, a <see cref="Exports.Snapshot"/> begins.
/// 2. As soon as a partition's part of the snapshot is ready, a <c>KeyListingJob</c> of the partition's
///    owner reads its runs past the block cache, and gives each key to the partition's
///    <see cref="IKeyTaker"/>.
/// 3. It ends when all partitions are done, also when it fails.
/// </remarks>
public sealed class KeyListing
{
    private readonly IReadOnlyList<IKeyTaker> _takers;
    private volatile string? _failure;
    private int _left;

    internal KeyListing(int database, ReadOnlyMemory<byte> prefix, IReadOnlyList<IKeyTaker> takers,
        Snapshot snapshot)
    {
        Database = database;
        Prefix = prefix;
        Snapshot = snapshot;
        _takers = takers;
        _left = takers.Count;
    }

    /// <summary>True when it gives no more keys.</summary>
    public bool IsOver => Volatile.Read(ref _left) == 0;

    /// <summary>Why it does not have all keys; null when it has not failed.</summary>
    public string? Failure => _failure ?? Snapshot.Failure;

    internal int Database { get; }

    /// <summary>The prefix of all keys.</summary>
    internal ReadOnlyMemory<byte> Prefix { get; }

    internal Snapshot Snapshot { get; }

    /// <summary>Cancels it; it ends soon.</summary>
    public void Cancel() => Fail("the listing was cancelled");

    internal IKeyTaker TakerOf(int partition) => _takers[partition];

    internal void Fail(string reason) => _failure ??= reason;

    /// <summary>Notes that a partition is done. Called once for each.</summary>
    internal void End(int partition)
    {
        Snapshot.Parts[partition].Release();
        Interlocked.Decrement(ref _left);
    }
}
