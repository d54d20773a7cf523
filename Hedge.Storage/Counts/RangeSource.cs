using Hedge.Storage.Caches;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Counts;

/// <summary>One of the sorted sources that a <see cref="RangeWalk"/> merges.</summary>
internal abstract class RangeSource
{
    /// <summary>Where it stands.</summary>
    public CursorState State { get; protected set; } = CursorState.End;

    /// <summary>The internal key stood on; valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>True for a record, false for a tombstone.</summary>
    public abstract bool IsPut { get; }

    /// <summary>True when the record has an expiry.</summary>
    public abstract bool Expires { get; }

    /// <summary>Will go to the first key that is not below one; <see cref="Resume"/> does it.</summary>
    /// <param name="from">The key.</param>
    /// <param name="to">The key at which nothing is of interest any more.</param>
    public abstract void Seek(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to);

    /// <summary>Will go to the next key; <see cref="Resume"/> does it.</summary>
    public abstract void MoveNext();

    /// <summary>Does what is to be done, as far as the blocks at hand allow.</summary>
    public abstract void Resume(BlockSource blocks);
}

/// <summary>A run. Does not hold it.</summary>
internal sealed class RunRangeSource(Run run) : RangeSource
{
    /// <summary>Blocks asked for together, the first of which is needed at once.</summary>
    private const int BlocksAhead = 8;

    private readonly BlockWalker _walker = new();
    private byte[] _target = [];
    private bool _seeks;
    private long _block;
    private long _end;
    private bool _isPut;
    private bool _expires;

    public override ReadOnlySpan<byte> Key => _walker.Key;

    public override bool IsPut => _isPut;

    public override bool Expires => _expires;

    public override void Seek(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        State = CursorState.End;
        if (run.Blocks == 0 || from.SequenceCompareTo(run.Info.MaxKey) > 0) return;
        if (to.SequenceCompareTo(run.Info.MinKey) <= 0) return;
        _target = from.ToArray();
        _seeks = true;
        _walker.Reset();
        _block = Math.Max(run.FindBlock(from), 0);
        _end = Math.Max(run.FindBlock(to), 0) + 1;
        State = CursorState.NeedsBlock;
    }

    public override void MoveNext() => State = CursorState.NeedsBlock;

    public override void Resume(BlockSource blocks)
    {
        while (_block < _end)
        {
            if (!blocks.TryGet(run, run.BlockAt(_block), out ReadOnlySpan<byte> block))
            {
                long end = Math.Min(_block + BlocksAhead, _end);
                for (long next = _block + 1; next < end; next++) blocks.TryGet(run, run.BlockAt(next), out _);
                return;
            }

            if (_seeks ? _walker.Seek(block, _target) : _walker.Next(block))
            {
                RunEntry entry = _walker.Entry(block);
                _isPut = entry.Kind == RunEntryKind.Put;
                _expires = entry.ExpireAt != 0;
                _seeks = false;
                State = CursorState.Ready;
                return;
            }

            _seeks = false;
            _walker.Reset();
            _block++;
        }

        State = CursorState.End;
    }
}

/// <summary>A generation's sorted view, which does not change while it is walked.</summary>
// SAFETY: a view holds live records until the generation changes or is released; who walks makes sure of
// that.
internal sealed unsafe class GenerationRangeSource(SortedRecords view) : RangeSource
{
    private readonly byte[] _key = new byte[InternalKey.BytesMax];
    private int _position;
    private int _keyLength;

    public override ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    public override bool IsPut => !RecordKeys.Is(view[_position], RecordStates.Absent);

    public override bool Expires => view[_position]->ExpireAt != 0;

    public override void Seek(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        _position = view.LowerBound(InternalKey.Keyspace(from), InternalKey.UserKey(from));
        Stand();
    }

    public override void MoveNext()
    {
        _position++;
        Stand();
    }

    public override void Resume(BlockSource blocks)
    {
    }

    private void Stand()
    {
        State = _position < view.Count ? CursorState.Ready : CursorState.End;
        if (State == CursorState.End) return;
        RecordHeader* record = view[_position];
        _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
    }
}
