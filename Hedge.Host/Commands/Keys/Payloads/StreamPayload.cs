using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Makes the payload of a stream as redis-server 7.0.15 does for the same entries, added one after the other
/// (the grammar is at <see cref="StreamPayloadReader{TSink}"/>). Deleted entries are not in it.
/// </summary>
internal sealed class StreamPayload : IDumpPayload
{
    private const int NodeBytesMax = 1 << 30;
    private const int HeadBytes = 1 + DumpWriter.LengthBytesMax;
    private const int SameFields = 2;

    // Flags and both differences; the fields' number.
    private const int FixedElements = 3;

    private readonly PayloadOutput _output;
    private readonly ListpackWriter _node = new();
    private readonly long _nodeBytesMax;
    private readonly long _nodeEntriesMax;
    private byte[] _first = [];
    private StreamId _master;
    private int _nodeEntries;
    private ulong _nodes;

    /// <summary>An empty one.</summary>
    /// <param name="nodeBytes">stream-node-max-bytes.</param>
    /// <param name="nodeEntries">stream-node-max-entries; 0 for no limit.</param>
    /// <param name="compresses">rdbcompression.</param>
    public StreamPayload(long nodeBytes, long nodeEntries, bool compresses = true)
    {
        _output = new PayloadOutput { Compresses = compresses };
        _nodeBytesMax = nodeBytes is 0 or > NodeBytesMax ? NodeBytesMax : nodeBytes;
        _nodeEntriesMax = nodeEntries == 0 ? long.MaxValue : nodeEntries;
        // Type and number of nodes come later, right in front of what is added now.
        _output.Add(HeadBytes);
    }

    /// <inheritdoc/>
    public bool IsTooLong { get; private set; }

    /// <summary>Adds an entry.</summary>
    public void AddEntry(StreamId id, ReadOnlySpan<byte> content)
    {
        if (!HasRoom(content.Length)) return;
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

    /// <summary>Adds what the stream says of itself, after its entries.</summary>
    public void AddHead(in StreamHead head)
    {
        EndNode();
        _output.AddLength((ulong)head.Length);
        AddId(head.LastId);
        AddId(head.FirstId);
        AddId(head.MaxDeletedId);
        _output.AddLength(unchecked((ulong)head.EntriesAdded));
    }

    /// <summary>Adds a number: of groups, of pending entries, of consumers.</summary>
    public void AddCount(long count) => _output.AddLength((ulong)count);

    /// <summary>Adds a group.</summary>
    public void AddGroup(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        if (!HasRoom(name.Length)) return;
        _output.AddString(name);
        AddId(group.LastId);
        _output.AddLength(unchecked((ulong)group.EntriesRead));
    }

    /// <summary>Adds an entry that is pending in the group.</summary>
    public void AddPending(StreamId id, in StreamPending pending)
    {
        if (!HasRoom(0)) return;
        id.Write(_output.Add(StreamId.SizeBytes));
        _output.AddInt64(pending.DeliveredAt);
        _output.AddLength(unchecked((ulong)pending.Deliveries));
    }

    /// <summary>Adds a consumer of the group.</summary>
    public void AddConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        if (!HasRoom(name.Length)) return;
        _output.AddString(name);
        _output.AddInt64(consumer.SeenAt);
    }

    /// <summary>Adds an entry that is pending at the consumer.</summary>
    public void AddPending(StreamId id)
    {
        if (HasRoom(0)) id.Write(_output.Add(StreamId.SizeBytes));
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> End()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = (byte)DumpType.Stream;
        int length = 1 + DumpWriter.WriteLength(_nodes, head[1..]);
        head[..length].CopyTo(_output.Bytes[(HeadBytes - length)..]);
        _output.AddFooter(HeadBytes - length);
        return _output.Bytes[(HeadBytes - length)..];
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _output.Dispose();
        _node.Dispose();
    }

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

    private void EndNode()
    {
        if (_nodeEntries == 0) return;
        Span<byte> key = stackalloc byte[StreamId.SizeBytes];
        _master.Write(key);
        _output.AddString(key);
        _output.AddString(_node.End());
        _node.Clear();
        _nodeEntries = 0;
        _nodes++;
    }

    private void AddId(StreamId id)
    {
        _output.AddLength(id.Milliseconds);
        _output.AddLength(id.Sequence);
    }

    // In listpacks it takes at most four times the bytes.
    private bool HasRoom(long bytes)
    {
        const int overhead = 128;
        const int factor = 4;
        IsTooLong |= (long)_output.Length + _node.Length + (bytes * factor) + overhead > Array.MaxLength / 2;
        return !IsTooLong;
    }
}
