using Hedge.Host.Declarations;
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Storage.Values;

namespace Hedge.Host.Commands;

/// <summary>What a step of a key scan found.</summary>
public enum ScanStep
{
    /// <summary>The scan stands on a key.</summary>
    Key,

    /// <summary>No more keys in the partition.</summary>
    End,

    /// <summary>A block must be read first: return, the command is run again.</summary>
    NotResident,
}

/// <summary>A walk over one partition's keys of one database, in byte order, without expired ones.</summary>
public interface IKeyScan
{
    /// <summary>Goes to the next key.</summary>
    ScanStep MoveNext();

    /// <summary>The key; valid until the next step.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>What the key holds.</summary>
    RecordType Type { get; }

    /// <summary>True once <see cref="Key"/> says how far the scan is, when a block must be read.</summary>
    bool HasStepped { get; }
}

/// <summary>
/// The databases as whole-keyspace commands see them. Only for commands whose <see cref="CommandSpec.Scope"/>
/// holds the partitions touched.
/// </summary>
public interface IDatabases
{
    /// <summary>Number of databases (SELECT 0 … n-1).</summary>
    int Count { get; }

    /// <summary>Number of partitions.</summary>
    int PartitionCount { get; }

    /// <summary>Records of all databases that are in no run yet (holds all partitions).</summary>
    long UnflushedRecords { get; }

    /// <summary>True for a partition that the running command holds.</summary>
    bool Holds(int partition);

    /// <summary>False when the partition, which is held, surely has no key of the database: cheap to
    /// ask.</summary>
    bool MayHaveKeys(int database, int partition);

    /// <summary>Exact number of keys in the database over all partitions (holds all partitions).</summary>
    /// <returns>False when a pending look-up must finish first: return, the command is run again.</returns>
    bool TryCountKeys(int database, out long count);

    /// <summary>Number of keys of the database in one partition (an estimate while look-ups are
    /// pending).</summary>
    long KeyCount(int database, int partition);

    /// <summary>Number of keys that have an expiry, over all partitions; approximate,
    /// any core may call (INFO).</summary>
    long ApproximateExpires(int database);

    /// <summary>Milliseconds that the keys with an expiry have to live on average, estimated from samples; 0
    /// when nothing is known. Any core may call (INFO).</summary>
    long AverageTtl(int database, long nowMilliseconds);

    /// <summary>Number of keys over all partitions; approximate, any core may call (INFO).</summary>
    long ApproximateKeys(int database);

    /// <summary>Number of entries in run files, with those that are replaced or removed; approximate, any
    /// core may call (INFO).</summary>
    long ApproximateRunEntries(int database);

    /// <summary>Run files of all partitions by size; approximate, any core may call (INFO).</summary>
    RunTiers RunTiers();

    /// <summary>The value files of all partitions; approximate, any core may call (INFO).</summary>
    ValueLogFigures ValueLog { get; }

    /// <summary>Removes all keys of some databases: O(1) (holds all partitions).</summary>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many, in order.</param>
    void Flush(int first, int count);

    /// <summary>Removes the keys of the database from <paramref name="from"/> up to, but without,
    /// <paramref name="to"/> (empty for the end), whatever their number on disk (holds all
    /// partitions).</summary>
    void RemoveRange(int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);

    /// <summary>Exchanges two databases: O(1) (holds all partitions).</summary>
    void Swap(int first, int second);

    /// <summary>
    /// Chooses a key of the database at random, about uniformly (holds all partitions).
    /// <see cref="ScanStep.End"/>: the database is empty. The key is valid until the next write.
    /// </summary>
    ScanStep RandomKey(int database, ISeed seed, out ReadOnlySpan<byte> key);

    /// <summary>Starts a walk over the partition's keys of the database greater than <paramref name="after"/>
    /// (from the first key when <paramref name="fromStart"/>), optionally only those that begin with
    /// <paramref name="prefix"/>. <paramref name="extent"/> says how far it is going to go.</summary>
    IKeyScan Scan(int database, int partition, ReadOnlySpan<byte> after, bool fromStart,
        ReadOnlySpan<byte> prefix, ScanExtent extent);
}
