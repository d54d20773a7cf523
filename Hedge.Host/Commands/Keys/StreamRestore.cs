using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

/// <summary>Fills an absent key with the stream of a payload, which was found well formed before
/// (<see cref="StreamSize"/>).</summary>
internal sealed class StreamRestore : IStreamSink
{
    private readonly StoredStream _stream;
    private byte[] _groupName = [];
    private StreamGroup _group;
    private StreamConsumer _consumer;

    private StreamRestore(StoredStream stream) => _stream = stream;

    /// <summary>Makes the stream.</summary>
    public static void Make(CommandContext context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload,
        StreamSize size)
    {
        context.Keys.CheckPieces(key, size.Bytes, size.Count);
        bool isOpen = context.TryOpenStream(key, out StoredStream stream);
        Storage.Invariant.Check(isOpen && !stream.Collection.Exists, "the key was looked up, and is absent");
        bool isRead = stream.TryOpen(out _);
        var sink = new StreamRestore(stream);
        using var reader = new StreamPayloadReader<StreamRestore>(payload, ref sink);
        isRead &= reader.TryRead();
        Storage.Invariant.Check(isRead, "the payload is well formed");
    }

    public bool TakeEntry(StreamId id, StreamItem item)
    {
        Span<byte> fieldRoom = stackalloc byte[Numbers.Int64CharactersMax];
        Span<byte> valueRoom = stackalloc byte[Numbers.Int64CharactersMax];
        using StreamEntryWriter writer = new(
            stackalloc byte[StreamEntryWriter.SmallBytes], item.Fields, StreamSize.BytesOf(item));
        scoped StreamItem rest = item;
        while (rest.TryNext(fieldRoom, valueRoom, out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value))
            writer.Add(field, value);
        _stream.Append(id, writer.Content);
        return true;
    }

    public void TakeHead(in StreamHead head) => _stream.SetHead(head);

    public void TakeGroup(ReadOnlySpan<byte> name, in StreamGroup group)
    {
        _groupName = name.ToArray();
        _stream.Groups.Create(name, group.LastId, group.EntriesRead);
        _stream.Groups.TryFind(name, out _, out _group);
    }

    public void TakeConsumer(ReadOnlySpan<byte> name, in StreamConsumer consumer) =>
        _consumer = _stream.Groups.CreateConsumer(
            _groupName, ref _group, name, consumer.SeenAt, consumer.ActiveAt);

    public void TakePending(StreamId id, in StreamPending pending) =>
        _stream.Pending.Set(_group, id, pending with { Consumer = _consumer.Number });
}
