using Hedge.Storage.Records;

namespace Hedge.Storage.Partitions;

/// <summary>
/// A walk over the keys of one database in one partition, in byte order, without absent and expired ones: a merge of the
/// generations' sorted views and the runs, of which the newest that knows a key decides. Lives within the run of one
/// command.
/// </summary>
public sealed unsafe class KeyScan
{
    private readonly CoreStorage _core;
    private readonly uint _keyspace;
    private readonly ReadOnlyMemory<byte> _prefix;
    private readonly List<ViewCursor> _views = [];
    private RecordHeader* _current;

    internal KeyScan(CoreStorage core, Partition partition, uint keyspace, ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> after, bool fromStart)
    {
        _core = core;
        _keyspace = keyspace;
        _prefix = prefix.ToArray();
        bool exclusive = !fromStart && after.SequenceCompareTo(prefix) >= 0;
        ReadOnlySpan<byte> from = exclusive ? after : prefix;
        _views.Add(new ViewCursor(partition.Memory.Active.View(), keyspace, from, exclusive));
        for (int i = partition.Memory.Frozen.Count - 1; i >= 0; i--)
        {
            Generation generation = partition.Memory.Frozen[i];
            if (!generation.IsReleasing) _views.Add(new ViewCursor(generation.View(), keyspace, from, exclusive));
        }
    }

    /// <summary>The key; valid until the next step or change.</summary>
    public ReadOnlySpan<byte> Key => RecordKeys.Key(_current);

    /// <summary>What the key holds.</summary>
    public RecordType Type => (RecordType)_current->Type;

    /// <summary>Goes to the next key.</summary>
    public KeyStep MoveNext()
    {
        while (true)
        {
            ViewCursor? least = null;
            foreach (ViewCursor view in _views)
            {
                if (view.Current == null) continue;
                if (least is null || RecordKeys.Compare(view.Current, least.Current) < 0) least = view;
            }

            if (least is null) return KeyStep.End;
            _current = least.Current;
            if (_current->Keyspace != _keyspace || !RecordKeys.Key(_current).StartsWith(_prefix.Span)) return KeyStep.End;
            foreach (ViewCursor view in _views)
                if (view.Current != null && RecordKeys.Compare(view.Current, _current) == 0) view.MoveNext();
            bool expired = _current->ExpireAt != 0 && _current->ExpireAt <= _core.NowMilliseconds;
            if (!expired && !RecordKeys.Is(_current, RecordStates.Absent)) return KeyStep.Key;
        }
    }

    /// <summary>A position in a sorted view.</summary>
    private sealed class ViewCursor
    {
        private readonly SortedView _view;
        private int _position;

        public ViewCursor(SortedView view, uint keyspace, ReadOnlySpan<byte> from, bool exclusive)
        {
            _view = view;
            _position = view.LowerBound(keyspace, from);
            if (exclusive && Current != null && RecordKeys.Compare(Current, keyspace, from) == 0) MoveNext();
        }

        public RecordHeader* Current => _position < _view.Count ? _view[_position] : null;

        public void MoveNext() => _position++;
    }
}
