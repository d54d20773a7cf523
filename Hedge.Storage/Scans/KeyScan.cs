using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
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
    private readonly MergedEntries? _merged;
    private byte[] _key = new byte[KeyBytesUsual];
    private int _keyLength;

    internal KeyScan(CoreStorage core, KeyStore partition, uint keyspace, ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> after, bool fromStart, in ScanExtent extent)
    {
        _core = core;
        // No key begins with more than a key can have.
        if (prefix.Length > KeyLimits.KeyBytesMax) return;
        List<EntrySource> newestFirst = [Entries(partition.Memory.Active)];
        for (int i = partition.Memory.Frozen.Count - 1; i >= 0; i--)
        {
            Generation generation = partition.Memory.Frozen[i];
            if (!generation.IsReleasing) newestFirst.Add(Entries(generation));
        }

        long puts = 0;
        foreach (Run run in partition.Runs.Newest) puts += run.Info.Puts;
        foreach (Run run in partition.Runs.Newest)
        {
            newestFirst.Add(new RunCursor(run, core.Blocks, extent.BlocksOf(run.Blocks, puts))
            {
                Removed = run.Info.Ranges.Covered,
            });
        }

        _merged = core.EndWithCommand(new MergedEntries(newestFirst));
        _merged.Bounds = KeyRange.OfPrefix(keyspace, prefix);
        // Right behind a key stands the key with a zero added.
        Span<byte> from = core.Blocks.KeyScratch.Span;
        int length = InternalKey.Write(from, keyspace, fromStart ? default : after);
        if (!fromStart) from[length++] = 0;
        _merged.Seek(from[..length]);
    }

    /// <summary>The key; valid until the next step.</summary>
    public ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <summary>What the key holds.</summary>
    public RecordType Type { get; private set; }

    /// <summary>True once <see cref="Key"/> tells how far the scan has come. When a block is missing, the
    /// next run may begin after that key: all keys before it were visited or do not exist.</summary>
    public bool HasStepped { get; private set; }

    /// <summary>Goes to the next key.</summary>
    public KeyStep MoveNext()
    {
        while (_merged is not null)
        {
            CursorState state = _merged.MoveNext();
            if (state == CursorState.NeedsBlock) return KeyStep.NotResident;
            if (state == CursorState.End) break;
            Take(InternalKey.UserKey(_merged.Key));
            HasStepped = true;
            _core.Counters.ScanSteps++;
            RunEntry entry = _merged.Head;
            if (entry.Kind == RunEntryKind.Tombstone) continue;
            if (entry.ExpireAt != 0 && entry.ExpireAt <= _core.NowMilliseconds) continue;
            Type = (RecordType)entry.Type;
            return KeyStep.Key;
        }

        return KeyStep.End;
    }

    private static GenerationEntries Entries(Generation generation) =>
        new(generation.Sorted()) { Removed = generation.Ranges.Covered };

    private void Take(ReadOnlySpan<byte> key)
    {
        if (_key.Length < key.Length) _key = new byte[key.Length * 2];
        key.CopyTo(_key);
        _keyLength = key.Length;
    }
}
