using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Memtables;

/// <summary>The records of a generation as entries, through its sorted view, which does not change
/// meanwhile.</summary>
// SAFETY: a view holds live records until the generation changes or is released; who walks makes sure of
// that.
internal sealed unsafe class GenerationEntries(SortedRecords view) : EntrySource
{
    private byte[] _key = new byte[64];
    private int _keyLength;
    private int _gap;
    private int _position;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key => _key.AsSpan(0, _keyLength);

    /// <inheritdoc/>
    public override RunEntry Current => EntryOf(view[_position], Key);

    /// <summary>A record as an entry.</summary>
    public static RunEntry EntryOf(RecordHeader* record, ReadOnlySpan<byte> key)
    {
        bool isUnresolved = RecordKeys.Is(record, RecordStates.CountPending);
        if (RecordKeys.Is(record, RecordStates.Absent))
            return new RunEntry { Key = key, Kind = RunEntryKind.Tombstone, IsUnresolved = isUnresolved };
        return new RunEntry
        {
            Key = key,
            Kind = RunEntryKind.Put,
            Type = record->Type,
            Encoding = record->Encoding,
            ExpireAt = record->ExpireAt,
            Value = RecordKeys.Value(record),
            IsUnresolved = isUnresolved,
        };
    }

    /// <inheritdoc/>
    public override void Seek(ReadOnlySpan<byte> key)
    {
        key = Clamp(key);
        _gap = key.IsEmpty ? 0 : view.LowerBound(InternalKey.Keyspace(key), InternalKey.UserKey(key));
        State = CursorState.NeedsBlock;
    }

    /// <inheritdoc/>
    public override CursorState MoveNext()
    {
        if (State == CursorState.End || _gap == view.Count) return State = CursorState.End;
        Stand(_gap++);
        return State = IsBehind(Key) ? CursorState.End : CursorState.Ready;
    }

    /// <inheritdoc/>
    public override CursorState MovePrevious()
    {
        if (State == CursorState.End || _gap == 0) return State = CursorState.End;
        Stand(--_gap);
        bool isBefore = Key.SequenceCompareTo(Bounds.From.Span) < 0;
        return State = isBefore ? CursorState.End : CursorState.Ready;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private void Stand(int position)
    {
        RecordHeader* record = view[position];
        int length = InternalKey.PrefixBytes + record->KeyLength;
        if (length > _key.Length) _key = new byte[Math.Max(length, 2 * _key.Length)];
        _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
        _position = position;
    }
}
