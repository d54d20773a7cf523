using System.Buffers.Binary;
using Hedge.Storage.Io;

namespace Hedge.Host.Subscribers;

/// <summary>The messages of a transaction under way, which are sent at its end. Copies, behind each other:
/// (is a shard channel's: i32, length of the channel: i32, length: i32, channel, message)*.</summary>
internal sealed class HeldMessages : IDisposable
{
    private const int HeadBytes = 3 * sizeof(int);

    private readonly OutputBuffer _messages = new();

    /// <summary>Adds one.</summary>
    public void Add(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded)
    {
        Span<byte> head = _messages.GetSpan(HeadBytes);
        BinaryPrimitives.WriteInt32LittleEndian(head, isSharded ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(head[sizeof(int)..], channel.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[(2 * sizeof(int))..], message.Length);
        _messages.Advance(HeadBytes);
        _messages.Append(channel);
        _messages.Append(message);
    }

    /// <summary>Sends them, in their order.</summary>
    public void Send(PubSubHub hub)
    {
        long at = 0;
        while (at < _messages.Length)
        {
            ReadOnlySpan<byte> head = _messages.Slice(at, HeadBytes);
            bool isSharded = BinaryPrimitives.ReadInt32LittleEndian(head) != 0;
            int channel = BinaryPrimitives.ReadInt32LittleEndian(head[sizeof(int)..]);
            int message = BinaryPrimitives.ReadInt32LittleEndian(head[(2 * sizeof(int))..]);
            at += HeadBytes;
            hub.Send(_messages.Slice(at, channel), _messages.Slice(at + channel, message), isSharded);
            at += channel + message;
        }

        Clear();
    }

    /// <summary>Forgets them.</summary>
    public void Clear() => _messages.Clear();

    /// <inheritdoc/>
    public void Dispose() => _messages.Dispose();
}
