using System.Text;
using Hedge.Host.Commands;
using Hedge.Storage.Io;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Scans;
using Hedge.Storage.Values;

namespace Hedge.Tests.Commands;

/// <summary>Sixteen <see cref="MemoryKeyspace"/>s and the operations over them. Keys fall into partitions by
/// a simple hash.</summary>
public sealed class MemoryDatabases : IDatabases, IDisposable
{
    private readonly MemoryKeyspace[] _keyspaces;

    public MemoryDatabases(int count = 16, int partitions = 4)
    {
        PartitionCount = partitions;
        _keyspaces = new MemoryKeyspace[count];
        for (int i = 0; i < count; i++) _keyspaces[i] = new MemoryKeyspace(this);
    }

    /// <summary>The first look-up of each key in a command answers "not resident".</summary>
    public bool MissesFirst { get; set; }

    /// <summary>The time by which keys expire, Unix milliseconds.</summary>
    public long NowMilliseconds { get; set; } = 1_700_000_000_000;

    /// <summary>True when a look-up of this run was not resident.</summary>
    public bool Missed { get; internal set; }

    /// <summary>Number of writes in this run.</summary>
    public int WritesInRun { get; internal set; }

    /// <inheritdoc/>
    public int Count => _keyspaces.Length;

    /// <inheritdoc/>
    public int PartitionCount { get; }

    private bool CountResident { get; set; }

    private HashSet<string> ScannedBlocks { get; } = [];

    public MemoryKeyspace this[int database] => _keyspaces[database];

    /// <summary>The partition a key (Latin-1) falls into.</summary>
    public int PartitionOf(string key) => key.Sum(c => c) % PartitionCount;

    public long UnflushedRecords => 0;

    public bool TryCountKeys(int database, out long count)
    {
        count = _keyspaces[database].Count;
        if (MissesFirst && !CountResident)
        {
            CountResident = true;
            return !(Missed = true);
        }

        return true;
    }

    public bool Holds(int partition) => true;

    public bool MayHaveKeys(int database, int partition) => KeyCount(database, partition) > 0;

    public long KeyCount(int database, int partition) =>
        _keyspaces[database].LiveKeys().Count(key => PartitionOf(key) == partition);

    public long ApproximateExpires(int database) => _keyspaces[database].ExpiryCount;

    public long AverageTtl(int database, long nowMilliseconds) => 0;

    public long ApproximateKeys(int database) => _keyspaces[database].Count;

    public long ApproximateRunEntries(int database) => 0;

    public RunTiers RunTiers() => new();

    public ValueLogFigures ValueLog => default;

    public void Flush(int first, int count)
    {
        BeforeWrite();
        for (int database = first; database < first + count; database++) _keyspaces[database].Clear();
    }

    public void RemoveRange(int database, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        BeforeWrite();
        foreach (string key in _keyspaces[database].LiveKeys().ToArray())
        {
            byte[] bytes = Encoding.Latin1.GetBytes(key);
            bool isBelow = to.IsEmpty || bytes.AsSpan().SequenceCompareTo(to) < 0;
            if (isBelow && bytes.AsSpan().SequenceCompareTo(from) >= 0) _keyspaces[database].Remove(bytes);
        }
    }

    public void Swap(int first, int second)
    {
        BeforeWrite();
        if (first != second) _keyspaces[first].Swap(_keyspaces[second]);
    }

    public ScanStep RandomKey(int database, ISeed seed, out ReadOnlySpan<byte> key)
    {
        key = default;
        IReadOnlyList<string> keys = _keyspaces[database].LiveKeys();
        if (keys.Count == 0) return ScanStep.End;
        if (MissesFirst && !CountResident)
        {
            CountResident = Missed = true;
            return ScanStep.NotResident;
        }

        key = Encoding.Latin1.GetBytes(keys[(int)(seed.Next() % (ulong)keys.Count)]);
        return ScanStep.Key;
    }

    public IKeyScan Scan(int database, int partition, ReadOnlySpan<byte> after, bool fromStart,
        ReadOnlySpan<byte> prefix, ScanExtent extent)
    {
        string start = Encoding.Latin1.GetString(after);
        string head = Encoding.Latin1.GetString(prefix);
        MemoryKeyspace keyspace = _keyspaces[database];
        IEnumerable<string> keys = keyspace.LiveKeys().Where(key => PartitionOf(key) == partition
            && key.StartsWith(head, StringComparison.Ordinal)
            && (fromStart || string.CompareOrdinal(key, start) > 0));
        return new MemoryScan(this, database, keys.ToList());
    }

    /// <summary>A command begins: nothing is resident in the mode that misses first.</summary>
    internal void BeginCommand()
    {
        CountResident = false;
        ScannedBlocks.Clear();
        foreach (MemoryKeyspace keyspace in _keyspaces) keyspace.BeginCommand();
    }

    /// <summary>A run of the command begins.</summary>
    internal void BeginRun()
    {
        Missed = false;
        WritesInRun = 0;
        foreach (MemoryKeyspace keyspace in _keyspaces) keyspace.BeginRun();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (MemoryKeyspace keyspace in _keyspaces) keyspace.Dispose();
    }

    private void BeforeWrite()
    {
        if (Missed)
            throw new InvalidOperationException("The command broke its contract: a write after a miss");
        WritesInRun++;
    }

    // Every third key begins a block, which must be read first in the mode that misses.
    private sealed class MemoryScan(MemoryDatabases owner, int database, List<string> keys) : IKeyScan
    {
        private int _next;
        private byte[] _key = [];

        public ReadOnlySpan<byte> Key => _key;

        public RecordType Type => owner[database].TypeOf(Encoding.Latin1.GetString(_key));

        public bool HasStepped => _next > 0;

        public ScanStep MoveNext()
        {
            if (_next == keys.Count) return ScanStep.End;
            string key = keys[_next];
            if (owner.MissesFirst && _next % 3 == 0 && owner.ScannedBlocks.Add(database + ":" + key))
            {
                owner.Missed = true;
                return ScanStep.NotResident;
            }

            _next++;
            _key = Encoding.Latin1.GetBytes(key);
            return ScanStep.Key;
        }
    }
}
