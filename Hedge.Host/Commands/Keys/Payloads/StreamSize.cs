using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Goes through a stream's payload without keeping anything: how much there is, and whether it is
/// well formed.</summary>
internal sealed class StreamSize : IStreamSink
{
    // An element of the tree beside names and contents.
    private const int ElementBytes = 48;

    /// <summary>Number of elements of the tree.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of all of them, about.</summary>
    public long Bytes { get; private set; }

    /// <summary>Looks at a payload; null when it is malformed.</summary>
    public static StreamSize? Of(ReadOnlySpan<byte> payload)
    {
        var size = new StreamSize();
        using var reader = new StreamPayloadReader<StreamSize>(payload, ref size);
        return reader.TryRead() ? size : null;
    }

    public bool TakeEntry(StreamId id, StreamItem item)
    {
        long bytes = StreamEntryWriter.BytesMax(item.Fields, BytesOf(item));
        Add(bytes);
        return bytes <= StoredStream.ContentBytesMax;
    }

    public void TakeHead(in StreamHead head) => Add(ElementBytes);

    public void TakeGroup(ReadOnlySpan<byte> name, in StreamGroup group) => Add(name.Length);

    public void TakeConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer)
    {
        Add(name.Length);
        Add(name.Length);
    }

    public void TakePending(StreamId id, in StreamPending pending)
    {
        Add(0);
        Add(0);
    }

    /// <summary>The bytes of an entry's fields and values.</summary>
    public static long BytesOf(StreamItem item)
    {
        Span<byte> fieldRoom = stackalloc byte[Numbers.Int64CharactersMax];
        Span<byte> valueRoom = stackalloc byte[Numbers.Int64CharactersMax];
        long bytes = 0;
        scoped StreamItem rest = item;
        while (rest.TryNext(fieldRoom, valueRoom, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            bytes += field.Length + (long)value.Length;
        return bytes;
    }

    private void Add(long bytes)
    {
        Count++;
        Bytes += bytes + ElementBytes;
    }
}
