using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Ranges;
using Hedge.Storage.Values;

namespace Hedge.Storage.Runs;

/// <summary>How many entries of a keyspace a run holds, and how many of these are unresolved
/// (<see cref="RunEntry.IsUnresolved"/>).</summary>
internal readonly record struct KeyspaceCount(uint Keyspace, long Puts, long Tombstones, long Unresolved);

/// <summary>What can be known about a run without reading its entries. Immutable; any thread.</summary>
internal sealed class RunInfo
{
    private readonly byte[] _minKey;
    private readonly byte[] _maxKey;
    private readonly KeyspaceCount[] _keyspaces;

    /// <summary>Copies the bounds and the counts.</summary>
    public RunInfo(
        RunId id, ReadOnlySpan<byte> minKey, ReadOnlySpan<byte> maxKey, ReadOnlySpan<KeyspaceCount> keyspaces)
    {
        Id = id;
        _minKey = minKey.ToArray();
        _maxKey = maxKey.ToArray();
        _keyspaces = keyspaces.ToArray();
        foreach (KeyspaceCount count in _keyspaces)
        {
            Puts += count.Puts;
            Tombstones += count.Tombstones;
            UnresolvedEntries += count.Unresolved;
            if (count.Keyspace != InternalKey.ExpiryKeyspace) FilterKeys += count.Puts + count.Tombstones;
        }
    }

    /// <summary>The run's partition and file number.</summary>
    public RunId Id { get; }

    /// <summary>The file's length in bytes.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Data blocks in the file.</summary>
    public required long Blocks { get; init; }

    /// <summary>Uncompressed bytes of all internal keys and values, including values in value
    /// files.</summary>
    public required long EntryBytes { get; init; }

    /// <summary>Bytes of the data blocks in the file.</summary>
    public required long StoredBlockBytes { get; init; }

    /// <summary>Bytes that the data blocks take in memory; more than in the file when they are
    /// compressed.</summary>
    public required long BlockBytes { get; init; }

    /// <summary>The compression of blocks that become smaller by it.</summary>
    public required BlockCompression Compression { get; init; }

    /// <summary>The earliest time in the expiry index, in milliseconds since 1970; 0 when it is
    /// empty.</summary>
    public required long ExpiryMin { get; init; }

    /// <summary>The latest time in the expiry index, in milliseconds since 1970; 0 when it is
    /// empty.</summary>
    public required long ExpiryMax { get; init; }

    /// <summary>The value files that entries refer to, each once.</summary>
    public IReadOnlyList<ValueFileUse> Values { get; init; } = [];

    /// <summary>Puts in all keyspaces, the expiry index included.</summary>
    public long Puts { get; }

    /// <summary>Tombstones in all keyspaces.</summary>
    public long Tombstones { get; }

    /// <summary>Keys in the run's filter: all except those of the expiry index.</summary>
    public long FilterKeys { get; }

    /// <summary>Unresolved entries in all keyspaces, as written. They may have been counted
    /// since.</summary>
    public long UnresolvedEntries { get; }

    /// <summary>Unresolved entries and uncounted range tombstones, as written.</summary>
    public long Unresolved => UnresolvedEntries + Ranges.Uncounted.Count;

    /// <summary>The keys that the run removes from all older runs.</summary>
    public RangeTombstones Ranges { get; init; } = RangeTombstones.None;

    /// <summary>The first key; empty when the run is.</summary>
    public ReadOnlySpan<byte> MinKey => _minKey;

    /// <summary>The last key; empty when the run is.</summary>
    public ReadOnlySpan<byte> MaxKey => _maxKey;

    /// <summary>The counts by keyspace, ascending; keyspace 0 is the expiry index.</summary>
    public ReadOnlySpan<KeyspaceCount> Keyspaces => _keyspaces;

    // The first keyspace of nodes.
    private const uint Nodes = Hedge.Storage.Keys.Keyspaces.NodeBit;

    /// <summary>Puts of keys: without those of the expiry index and of nodes.</summary>
    public long KeyPuts
    {
        get
        {
            long puts = 0;
            foreach (KeyspaceCount count in _keyspaces)
            {
                if (count.Keyspace is > InternalKey.ExpiryKeyspace and < Nodes) puts += count.Puts;
            }

            return puts;
        }
    }

    /// <summary>Puts of a keyspace.</summary>
    public long PutsOf(uint keyspace)
    {
        foreach (KeyspaceCount count in _keyspaces)
            if (count.Keyspace == keyspace) return count.Puts;
        return 0;
    }

    /// <summary>Unresolved entries and uncounted range tombstones of a keyspace, as written.</summary>
    public long UnresolvedOf(uint keyspace)
    {
        long ranges = Ranges.Uncounted.CountOf(keyspace);
        foreach (KeyspaceCount count in _keyspaces)
            if (count.Keyspace == keyspace) return count.Unresolved + ranges;
        return ranges;
    }
}
