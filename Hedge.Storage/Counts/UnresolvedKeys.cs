using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>The keys, ascending, of which it is not known what a blind write has replaced.</summary>
internal abstract class UnresolvedKeys : IDisposable
{
    /// <summary>The internal key stood on; valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>What <see cref="Resolved"/> is told, to know the key again.</summary>
    public virtual uint Tag => 0;

    /// <summary>Goes to the next key.</summary>
    public abstract CursorState MoveNext(BlockSource blocks);

    /// <summary>Hears what a key turned out to have replaced.</summary>
    public virtual void Resolved(uint tag, bool existed, bool expired)
    {
    }

    /// <summary>Gives back what the walk held.</summary>
    public abstract void Dispose();
}

/// <summary>Those of a run, which it holds a reference to.</summary>
internal sealed class UnresolvedEntries : UnresolvedKeys
{
    /// <summary>Blocks asked for together, the first of which is needed at once.</summary>
    private const int BlocksAhead = 16;

    private readonly RunCursor _cursor;

    /// <summary>Behind the expiry index.</summary>
    public UnresolvedEntries(Run run)
    {
        _cursor = new RunCursor(run, null, BlocksAhead);
        Span<byte> first = stackalloc byte[InternalKey.PrefixBytes];
        InternalKey.Write(first, InternalKey.ExpiryKeyspace + 1, []);
        _cursor.Seek(run.Info.UnresolvedEntries == 0 ? Behind : first);
    }

    private static ReadOnlySpan<byte> Behind => [0xFF, 0xFF, 0xFF, 0xFF];

    public override ReadOnlySpan<byte> Key => _cursor.Key;

    public override void Dispose() => _cursor.Dispose();

    public override CursorState MoveNext(BlockSource blocks)
    {
        _cursor.Blocks = blocks;
        CursorState state;
        do
        {
            state = _cursor.MoveNext();
            if (state == CursorState.NeedsBlock) state = _cursor.Resume();
        }
        while (state == CursorState.Ready && !_cursor.Head.IsUnresolved);
        return state;
    }
}

/// <summary>Those of a generation, from some record on.</summary>
// SAFETY: the generation's list holds live records for as long as it is not released, null for dropped ones;
// who walks makes sure of that before every step.
internal unsafe class UnresolvedRecords : UnresolvedKeys
{
    private byte[] _key = new byte[64];
    private readonly uint[] _indices;
    private readonly int _count;
    private int _position = -1;
    private int _keyLength;

    /// <summary>Collects and sorts.</summary>
    /// <param name="generation">The generation.</param>
    /// <param name="from">The first record.</param>
    /// <param name="keyspaces">Which keyspaces are alive as far as the generation is concerned.</param>
    public UnresolvedRecords(Generation generation, uint from, Keyspaces keyspaces)
    {
        Generation = generation;
        RecordList records = generation.Records;
        _indices = new uint[records.Count - from];
        nint[] addresses = new nint[_indices.Length];
        for (uint i = from; i < records.Count; i++)
        {
            RecordHeader* record = records[i];
            if (record == null || !RecordKeys.Is(record, RecordStates.CountPending)) continue;
            if (!keyspaces.IsLive(record->Keyspace)) continue;
            addresses[_count] = (nint)record;
            _indices[_count++] = i;
        }

        RecordSorter.Sort(_indices.AsSpan(0, _count), addresses.AsSpan(0, _count));
    }

    public override ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public override uint Tag => _indices[_position];

    public override void Dispose()
    {
    }

    private protected Generation Generation { get; }

    public override CursorState MoveNext(BlockSource blocks)
    {
        while (++_position < _count)
        {
            RecordHeader* record = Generation.Records[_indices[_position]];
            if (record == null) continue;
            int length = InternalKey.PrefixBytes + record->KeyLength;
            if (length > _key.Length) _key = new byte[Math.Max(length, 2 * _key.Length)];
            _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
            return CursorState.Ready;
        }

        return CursorState.End;
    }
}

/// <summary>Those of the active generation, which is counted record by record.</summary>
// SAFETY: as above.
internal sealed unsafe class ActiveRecords : UnresolvedRecords
{
    private readonly Keyspaces _keyspaces;

    /// <summary>Collects and sorts.</summary>
    public ActiveRecords(Generation generation, uint from, Keyspaces keyspaces)
        : base(generation, from, keyspaces) => _keyspaces = keyspaces;

    public override void Resolved(uint tag, bool existed, bool expired)
    {
        RecordHeader* record = Generation.Records[tag];
        if (record == null || !RecordKeys.Is(record, RecordStates.CountPending)) return;
        RecordKeys.Clear(record, RecordStates.CountPending);
        Generation.CountsPending--;
        if (!existed) _keyspaces.Count(record->Keyspace, 1, 0);
        else if (expired) _keyspaces.Count(record->Keyspace, 0, -1);
    }
}
