using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Makes the payload of a stream, of the parts that <see cref="StreamOutput"/> writes.</summary>
internal sealed class StreamPayload : IDumpPayload
{
    private const int HeadBytes = 1 + DumpWriter.LengthBytesMax;

    private readonly PayloadOutput _output;
    private readonly StreamOutput _parts;

    /// <summary>An empty one.</summary>
    /// <param name="nodeBytes">stream-node-max-bytes.</param>
    /// <param name="nodeEntries">stream-node-max-entries; 0 for no limit.</param>
    /// <param name="compresses">rdbcompression.</param>
    public StreamPayload(long nodeBytes, long nodeEntries, bool compresses = true)
    {
        _output = new PayloadOutput { Compresses = compresses };
        _parts = new StreamOutput(_output, nodeBytes, nodeEntries);
        // Type and number of nodes come later, right in front of what is added now.
        _output.Add(HeadBytes);
    }

    /// <inheritdoc/>
    public bool IsTooLong { get; private set; }

    /// <summary>Adds an entry.</summary>
    public void AddEntry(StreamId id, ReadOnlySpan<byte> content)
    {
        if (HasRoom(content.Length)) _parts.AddEntry(id, content);
    }

    /// <summary>Adds what the stream says of itself, after its entries.</summary>
    public void AddHead(in StreamHead head) => _parts.AddHead(head);

    /// <summary>Adds a number: of groups, of pending entries, of consumers.</summary>
    public void AddCount(long count) => _parts.AddCount(count);

    /// <summary>Adds a group.</summary>
    public void AddGroup(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        if (HasRoom(name.Length)) _parts.AddGroup(name, group);
    }

    /// <summary>Adds an entry that is pending in the group.</summary>
    public void AddPending(StreamId id, in StreamPending pending)
    {
        if (HasRoom(0)) _parts.AddPending(id, pending);
    }

    /// <summary>Adds a consumer of the group.</summary>
    public void AddConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        if (HasRoom(name.Length)) _parts.AddConsumer(name, consumer);
    }

    /// <summary>Adds an entry that is pending at the consumer.</summary>
    public void AddPending(StreamId id)
    {
        if (HasRoom(0)) _parts.AddPending(id);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> End()
    {
        Span<byte> head = stackalloc byte[HeadBytes];
        head[0] = (byte)DumpType.Stream;
        int length = 1 + DumpWriter.WriteLength(_parts.Nodes, head[1..]);
        head[..length].CopyTo(_output.Bytes[(HeadBytes - length)..]);
        _output.AddFooter(HeadBytes - length);
        return _output.Bytes[(HeadBytes - length)..];
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _output.Dispose();
        _parts.Dispose();
    }

    // In listpacks it takes at most four times the bytes.
    private bool HasRoom(long bytes)
    {
        const int overhead = 128;
        const int factor = 4;
        IsTooLong |= (long)_output.Length + _parts.PendingBytes + (bytes * factor) + overhead
            > Array.MaxLength / 2;
        return !IsTooLong;
    }
}
