using Hedge.Storage.Records;

namespace Hedge.Storage.Exports;

/// <summary>Hears of the keys that a <see cref="KeyListing"/> finds in one partition, in key order. Called on
/// a background thread.</summary>
public interface IKeyTaker
{
    /// <summary>Takes a key, which is valid during the call.</summary>
    /// <returns>False for "that was too much": the listing fails.</returns>
    bool Take(ReadOnlySpan<byte> key, RecordType type);
}

/// <summary>
/// The keys of a database at one moment, found by background threads while everybody goes on. Any thread may
/// ask how it stands.
/// </summary>
/// <remarks>
/// 1. At the moment, while all partitions are held, a <see cref="Exports.Snapshot"/> begins.
/// 2. As soon as a partition's part of it is there, a <c>KeyListingJob</c> of the partition's owner
///    reads its runs past the block cache, and tells each key to the partition's <see cref="IKeyTaker"/>.
/// 3. It is over when all partitions are through, also when it fails.
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

    /// <summary>True when no key is told any more.</summary>
    public bool IsOver => Volatile.Read(ref _left) == 0;

    /// <summary>Why it does not have all keys; null for nothing.</summary>
    public string? Failure => _failure ?? Snapshot.Failure;

    internal int Database { get; }

    /// <summary>What all keys begin with.</summary>
    internal ReadOnlyMemory<byte> Prefix { get; }

    internal Snapshot Snapshot { get; }

    /// <summary>Nobody wants it any more: it ends soon.</summary>
    public void Cancel() => Fail("the listing was cancelled");

    internal IKeyTaker TakerOf(int partition) => _takers[partition];

    internal void Fail(string reason) => _failure ??= reason;

    /// <summary>A partition is through. Once for each.</summary>
    internal void End(int partition)
    {
        Snapshot.Parts[partition].Release();
        Interlocked.Decrement(ref _left);
    }
}
