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
        bool isThere = State != CursorState.End && _gap < view.Count && TryStand(_gap++) && !IsBehind(Key);
        return State = isThere ? CursorState.Ready : CursorState.End;
    }

    /// <inheritdoc/>
    public override CursorState MovePrevious()
    {
        bool isThere = State != CursorState.End && _gap > 0 && TryStand(--_gap)
            && Key.SequenceCompareTo(Bounds.From.Span) >= 0;
        return State = isThere ? CursorState.Ready : CursorState.End;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
    }

    private bool TryStand(int position)
    {
        RecordHeader* record = view[position];
        int length = InternalKey.PrefixBytes + record->KeyLength;
        if (length > _key.Length) _key = new byte[Math.Max(length, 2 * _key.Length)];
        _keyLength = InternalKey.Write(_key, record->Keyspace, RecordKeys.Key(record));
        _position = position;
        return true;
    }
}
