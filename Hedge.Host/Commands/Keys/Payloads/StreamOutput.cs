using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Writes the parts of a stream as redis-server 7.0.15 does for the same entries, added one after the other
/// (the grammar is at <see cref="StreamPayloadReader{TSink}"/>). Deleted entries are not in it.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="nodeBytes">stream-node-max-bytes.</param>
/// <param name="nodeEntries">stream-node-max-entries; 0 for no limit.</param>
internal sealed class StreamOutput(PayloadOutput output, long nodeBytes, long nodeEntries) : IDisposable
{
    private const int NodeBytesMax = 1 << 30;
    private const int SameFields = 2;

    // Flags and both differences; the fields' number.
    private const int FixedElements = 3;

    private readonly ListpackWriter _node = new();
    private readonly long _nodeBytesMax = nodeBytes is 0 or > NodeBytesMax ? NodeBytesMax : nodeBytes;
    private readonly long _nodeEntriesMax = nodeEntries == 0 ? long.MaxValue : nodeEntries;
    private byte[] _first = [];
    private StreamId _master;
    private int _nodeEntries;

    /// <summary>How many nodes have been written.</summary>
    public ulong Nodes { get; private set; }

    /// <summary>Bytes of the node that is being made.</summary>
    public int PendingBytes => _node.Length;

    /// <summary>Adds an entry; nodes are written as they become full.</summary>
    public void AddEntry(StreamId id, ReadOnlySpan<byte> content)
    {
        if (_nodeEntries > 0 && (_node.Length + BytesOf(content) >= _nodeBytesMax
            || _nodeEntries >= _nodeEntriesMax)) EndNode();
        bool isSame = true;
        if (_nodeEntries == 0) BeginNode(id, content);
        else isSame = HasFieldsOf(content, _first);
        _node.SetFirst(++_nodeEntries);
        StreamEntryReader reader = new(content);
        int fields = reader.Fields;
        _node.AddNumber(isSame ? SameFields : 0);
        _node.AddNumber(unchecked((long)(id.Milliseconds - _master.Milliseconds)));
        _node.AddNumber(unchecked((long)(id.Sequence - _master.Sequence)));
        if (!isSame) _node.AddNumber(fields);
        while (reader.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
        {
            if (!isSame) _node.Add(field);
            _node.Add(value);
        }

        _node.AddNumber(FixedElements + fields + (isSame ? 0 : fields + 1L));
    }

    /// <summary>Writes the last node.</summary>
    public void EndNode()
    {
        if (_nodeEntries == 0) return;
        Span<byte> key = stackalloc byte[StreamId.SizeBytes];
        _master.Write(key);
        output.AddString(key);
        output.AddString(_node.End());
        _node.Clear();
        _nodeEntries = 0;
        Nodes++;
    }

    /// <summary>Adds what the stream says of itself, after its entries.</summary>
    public void AddHead(in StreamHead head)
    {
        EndNode();
        output.AddLength((ulong)head.Length);
        AddId(head.LastId);
        AddId(head.FirstId);
        AddId(head.MaxDeletedId);
        output.AddLength(unchecked((ulong)head.EntriesAdded));
    }

    /// <summary>Adds a number: of groups, of pending entries, of consumers.</summary>
    public void AddCount(long count) => output.AddLength((ulong)count);

    /// <summary>Adds a group.</summary>
    public void AddGroup(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        output.AddString(name);
        AddId(group.LastId);
        output.AddLength(unchecked((ulong)group.EntriesRead));
    }

    /// <summary>Adds an entry that is pending in the group.</summary>
    public void AddPending(StreamId id, in StreamPending pending)
    {
        id.Write(output.Add(StreamId.SizeBytes));
        output.AddInt64(pending.DeliveredAt);
        output.AddLength(unchecked((ulong)pending.Deliveries));
    }

    /// <summary>Adds a consumer of the group.</summary>
    public void AddConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        output.AddString(name);
        output.AddInt64(consumer.SeenAt);
    }

    /// <summary>Adds an entry that is pending at the consumer.</summary>
    public void AddPending(StreamId id) => id.Write(output.Add(StreamId.SizeBytes));

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _node.Dispose();

    private static long BytesOf(ReadOnlySpan<byte> content)
    {
        long bytes = 0;
        StreamEntryReader reader = new(content);
        while (reader.TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            bytes += field.Length + (long)value.Length;
        return bytes;
    }

    private static bool HasFieldsOf(ReadOnlySpan<byte> content, ReadOnlySpan<byte> first)
    {
        StreamEntryReader reader = new(content), other = new(first);
        if (reader.Fields != other.Fields) return false;
        while (reader.TryNext(out ReadOnlySpan<byte> field, out _))
        {
            other.TryNext(out ReadOnlySpan<byte> its, out _);
            if (!field.SequenceEqual(its)) return false;
        }

        return true;
    }

    private void BeginNode(StreamId id, ReadOnlySpan<byte> content)
    {
        _master = id;
        _first = content.ToArray();
        _node.AddNumber(0);
        _node.AddNumber(0);
        StreamEntryReader reader = new(content);
        _node.AddNumber(reader.Fields);
        while (reader.TryNext(out ReadOnlySpan<byte> field, out _)) _node.Add(field);
        _node.AddNumber(0);
    }

    private void AddId(StreamId id)
    {
        output.AddLength(id.Milliseconds);
        output.AddLength(id.Sequence);
    }
}
