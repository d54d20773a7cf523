using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Scans;

/// <summary>
/// A walk over the keys of one database in one partition, in byte order, without absent and expired ones: a
/// merge of the generations' sorted views and the runs, of which the newest that knows a key decides. Lives
/// within the run of one command.
/// </summary>
public sealed class KeyScan
{
    private const int KeyBytesUsual = 64;

    private readonly CoreStorage _core;
    private readonly uint _keyspace;
    private readonly ReadOnlyMemory<byte> _prefix;
    private readonly List<ScanSource> _newestFirst = [];
    private readonly bool _hasRemoved;
    private byte[] _key = new byte[KeyBytesUsual];
    private int _keyLength;

    internal KeyScan(CoreStorage core, KeyStore partition, uint keyspace, ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> after, bool fromStart, in ScanExtent extent)
    {
        _core = core;
        _keyspace = keyspace;
        // No key begins with more than a key can have.
        if (prefix.Length > KeyLimits.KeyBytesMax) return;
        _prefix = prefix.ToArray();
        bool exclusive = !fromStart && after.SequenceCompareTo(prefix) >= 0;
        ReadOnlySpan<byte> from = exclusive ? after : prefix;
        _newestFirst.Add(new GenerationScanSource(partition.Memory.Active, keyspace, from));
        for (int i = partition.Memory.Frozen.Count - 1; i >= 0; i--)
        {
            Generation generation = partition.Memory.Frozen[i];
            if (generation.IsReleasing) continue;
            _newestFirst.Add(new GenerationScanSource(generation, keyspace, from));
        }

        AddRuns(partition, from, extent);
        foreach (ScanSource source in _newestFirst) _hasRemoved |= source.Removed.Count > 0;
        if (!exclusive) return;
        foreach (ScanSource source in _newestFirst)
        {
            bool isThere = source.State == CursorState.Ready && source.Keyspace == keyspace;
            if (isThere && source.Key.SequenceEqual(after)) source.MoveNext();
        }

        Take(after);
        Excludes = true;
    }

    /// <summary>The key; valid until the next step.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>What the key holds.</summary>
    public RecordType Type { get; private set; }

    /// <summary>True once <see cref="Key"/> tells how far the scan has come. When a block is missing, the
    /// next run may begin after that key: all keys before it were visited or do not exist.</summary>
    public bool HasStepped { get; private set; }

    private bool Excludes { get; set; }

    /// <summary>Goes to the next key.</summary>
    public KeyStep MoveNext()
    {
        while (true)
        {
            ScanSource? least = null;
            bool lacks = false;
            foreach (ScanSource source in _newestFirst)
            {
                if (source.State == CursorState.NeedsBlock) source.Miss(ref lacks);
                if (source.State != CursorState.Ready || source.Keyspace != _keyspace) continue;
                if (least is null || source.Key.SequenceCompareTo(least.Key) < 0) least = source;
            }

            if (lacks) return KeyStep.NotResident;
            if (least is null || !least.Key.StartsWith(_prefix.Span)) return KeyStep.End;
            bool isExcluded = Excludes && least.Key.SequenceEqual(Key);
            Take(least.Key);
            HasStepped = true;
            _core.Counters.ScanSteps++;
            bool isLive = least.IsPresent && (least.ExpireAt == 0 || least.ExpireAt > _core.NowMilliseconds);
            Type = least.Type;
            ReadOnlySpan<byte> skipTo = _hasRemoved ? RemovedUpTo(least) : default;
            foreach (ScanSource source in _newestFirst)
            {
                if (source.State != CursorState.Ready || source.Keyspace != _keyspace) continue;
                if (!source.Key.SequenceEqual(Key)) continue;
                if (skipTo.IsEmpty) source.MoveNext();
                else source.Skip(skipTo);
            }

            isLive &= skipTo.IsEmpty;
            Excludes = false;
            if (isLive && !isExcluded) return KeyStep.Key;
        }
    }

    private void Take(ReadOnlySpan<byte> key)
    {
        if (_key.Length < key.Length) _key = new byte[key.Length * 2];
        key.CopyTo(_key);
        _keyLength = key.Length;
    }

    private void AddRuns(KeyStore partition, ReadOnlySpan<byte> from, in ScanExtent extent)
    {
        long puts = 0;
        foreach (Run run in partition.Runs.Newest) puts += run.Info.Puts;
        Memory<byte> prefix = new byte[InternalKey.PrefixBytes + _prefix.Length];
        InternalKey.Write(prefix.Span, _keyspace, _prefix.Span);
        Span<byte> key = _core.Blocks.KeyScratch.Span;
        key = key[..InternalKey.Write(key, _keyspace, from)];
        foreach (Run run in partition.Runs.Newest)
            _newestFirst.Add(new RunScanSource(_core, run, key, prefix, extent.BlocksOf(run.Blocks, puts)));
    }

    // The end of a range in which the key has been removed by something newer than a source; empty for none.
    // It is removed in all older sources as well, so these need not be read there.
    private ReadOnlySpan<byte> RemovedUpTo(ScanSource least)
    {
        Span<byte> key = _core.Blocks.KeyScratch.Span;
        key = key[..InternalKey.Write(key, _keyspace, Key)];
        foreach (ScanSource source in _newestFirst)
        {
            if (ReferenceEquals(source, least)) break;
            if (source.Removed.Find(key) is >= 0 and int index) return source.Removed[index].To.Span;
        }

        return default;
    }
}
