using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Replication;

/// <summary>
/// What an RDB file says of a stream behind its entries. A stream's elements come the other way round, so
/// this is gathered while they come for the first time: it takes memory for the groups, and for what is
/// pending.
/// </summary>
internal sealed class StreamTail
{
    private readonly StreamElements _elements = new();
    private readonly Dictionary<uint, Group> _groups = [];
    private long _length;
    private StreamId _first;
    private StreamId _last;

    /// <summary>Notes an element.</summary>
    public void Note(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _elements.Read(key, value);
        switch (_elements.Kind)
        {
            case StreamElementKind.Entry:
                if (_length++ == 0) _first = _elements.Id;
                _last = _elements.Id;
                break;
            case StreamElementKind.Group:
                _groups[_elements.Group.Number] = new Group(_elements.Name, _elements.Group);
                break;
            case StreamElementKind.Consumer:
                Of(_elements.GroupNumber).Consumers.Add((_elements.Name, _elements.Consumer));
                break;
            case StreamElementKind.Pending:
                Of(_elements.GroupNumber).Pending.Add((_elements.Id, _elements.Pending));
                break;
        }
    }

    /// <summary>Writes it, after the entries.</summary>
    public void Write(StreamOutput output)
    {
        output.AddHead(_elements.HeadOf(_length, _first, _last));
        output.AddCount(_groups.Count);
        foreach (Group group in _groups.Values.OrderBy(g => g.Name, ByteOrder.Instance)) Write(output, group);
    }

    private static void Write(StreamOutput output, Group group)
    {
        output.AddGroup(group.Name, group.Its);
        output.AddCount(group.Pending.Count);
        var owned = new Dictionary<uint, List<StreamId>>();
        foreach ((StreamId id, StreamPending pending) in group.Pending)
        {
            output.AddPending(id, pending);
            if (!owned.TryGetValue(pending.Consumer, out List<StreamId>? ids))
                owned[pending.Consumer] = ids = [];
            ids.Add(id);
        }

        output.AddCount(group.Consumers.Count);
        foreach ((byte[] name, StreamConsumer consumer) in group.Consumers)
        {
            output.AddConsumer(name, consumer);
            List<StreamId> ids = owned.GetValueOrDefault(consumer.Number) ?? [];
            output.AddCount(ids.Count);
            foreach (StreamId id in ids) output.AddPending(id);
        }
    }

    private Group Of(uint number) => _groups.TryGetValue(number, out Group? group) ? group
        : throw new InvalidDataException("a stream's consumer or pending entry has no group");

    private sealed class Group(byte[] name, StreamGroup its)
    {
        public byte[] Name => name;

        public StreamGroup Its => its;

        public List<(StreamId Id, StreamPending Pending)> Pending { get; } = [];

        public List<(byte[] Name, StreamConsumer Consumer)> Consumers { get; } = [];
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
