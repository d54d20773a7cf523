using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using Hedge.Storage.Readers;

namespace Hedge.Host.Subscribers;

/// <summary>The messages of a transaction under way, which are sent at its end, and the changes of keys that
/// clients are told of. Copies, behind each other: (what: i32, length of the channel: i32, length: i32,
/// channel, message)*.</summary>
internal sealed class HeldMessages : IDisposable
{
    private const int HeadBytes = 3 * sizeof(int);

    private readonly OutputBuffer _messages = new();

    private enum Content
    {
        Message,
        ShardMessage,

        /// <summary>The channel is a <see cref="Changed"/>, the message a key.</summary>
        ChangeForReader,

        /// <summary>The channel is a <see cref="Changed"/>, the message a key.</summary>
        Change,
        ChangeOfAll,
    }

    /// <summary>Adds a message.</summary>
    public void Add(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded) =>
        Add(isSharded ? Content.ShardMessage : Content.Message, channel, message);

    /// <summary>Adds a change that a client is told of which has read the key.</summary>
    public void AddChange(ReadOnlySpan<byte> key, in KeyReader reader, long causer)
    {
        Changed changed = new(reader, causer);
        Add(Content.ChangeForReader, MemoryMarshal.AsBytes(new ReadOnlySpan<Changed>(in changed)), key);
    }

    /// <summary>Adds a change that clients are told of which hear of all.</summary>
    public void AddChange(ReadOnlySpan<byte> key, long causer)
    {
        Changed changed = new(default, causer);
        Add(Content.Change, MemoryMarshal.AsBytes(new ReadOnlySpan<Changed>(in changed)), key);
    }

    /// <summary>Adds that any key may have changed.</summary>
    public void AddChangeOfAll() => Add(Content.ChangeOfAll, default, default);

    /// <summary>Sends them, in their order.</summary>
    public void Send(PubSubHub hub) => Send(hub, changesOnly: false);

    /// <summary>Forgets the messages. The changes are sent all the same: who was to be told of them is not
    /// remembered any more.</summary>
    public void Drop(PubSubHub hub) => Send(hub, changesOnly: true);

    /// <inheritdoc/>
    public void Dispose() => _messages.Dispose();

    private void Add(Content content, ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message)
    {
        Span<byte> head = _messages.GetSpan(HeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(head, (int)content);
        BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], channel.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[(2 * sizeof(int))..], message.Length);
        _messages.Advance(HeadBytes);
        _messages.Append(channel);
        _messages.Append(message);
    }

    private void Send(PubSubHub hub, bool changesOnly)
    {
        if (_messages.Length == 0) return;
        long at = 0;
        while (at < _messages.Length)
        {
            ReadOnlySpan<byte> head = _messages.Slice(at, HeadBytes);
            var content = (Content)BinaryPrimitives.ReadInt32LittleEndian(head);
            int channelLength = BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(int)..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(head[(2 * sizeof(int))..]);
            at += HeadBytes;
            ReadOnlySpan<byte> channel = _messages.Slice(at, channelLength);
            ReadOnlySpan<byte> message = _messages.Slice(at + channelLength, length);
            at += channelLength + length;
            if (content >= Content.ChangeForReader) SendChange(hub.Invalidations, content, channel, message);
            else if (!changesOnly) hub.Send(channel, message, content == Content.ShardMessage);
        }

        _messages.Clear();
    }

    private static void SendChange(Invalidations invalidations, Content content, ReadOnlySpan<byte> head,
        ReadOnlySpan<byte> key)
    {
        if (content == Content.ChangeOfAll)
        {
            invalidations.TellAll();
            return;
        }

        Changed changed = MemoryMarshal.Read<Changed>(head);
        if (content == Content.Change) invalidations.Tell(key, changed.Causer);
        else invalidations.Tell(key, changed.Reader, changed.Causer);
    }

    private readonly record struct Changed(KeyReader Reader, long Causer);
}
