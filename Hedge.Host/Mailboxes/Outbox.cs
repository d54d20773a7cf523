using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Mailboxes;

/// <summary>
/// One core's way to another: the mailbox for requests, replies and published messages, and for the rare
/// managed messages (leases, sockets, MONITOR's lines) a queue beside it, whose entries are announced in the
/// mailbox so that one order holds for both. Owned by the sending core. Replies and messages are never
/// refused: what the mailbox can't take waits here, bounded by the requests that caused it.
/// </summary>
// SAFETY: contents are written within the size just reserved or allocated for them, and read by the lengths
// the sender wrote, before the entry is released.
internal sealed unsafe class Outbox(Mailbox mailbox) : IDisposable
{
    private readonly Queue<nint> _overflow = new();
    private long _longReplyBytes;

    /// <summary>Managed messages, in the order of their announcements. Read by the receiving core.</summary>
    public ConcurrentQueue<ControlMessage> Control { get; } = new();

    public Mailbox Mailbox => mailbox;

    /// <summary>Bytes of replies that travel by reference and are not taken yet.</summary>
    public long LongReplyBytes => Volatile.Read(ref _longReplyBytes);

    /// <summary>True when everything sent has been taken.</summary>
    public bool IsDrained => _overflow.Count == 0 && mailbox.IsDrained;

    /// <summary>True when nothing waits here for room in the mailbox.</summary>
    public bool IsEmpty => _overflow.Count == 0;

    /// <summary>True when something is to be published.</summary>
    public bool HasUnpublished => mailbox.HasUnpublished;

    /// <summary>Sends a command to its owner; false when the mailbox is full.</summary>
    public bool TrySend(Request request)
    {
        if (_overflow.Count > 0) return false;
        long bytes = Request.PackedBytes(request.Count, request.ArgumentBytes);
        bool external = bytes + sizeof(RequestMessage) > mailbox.MessageBytesMax;
        var message =
            (RequestMessage*)mailbox.TryReserve(sizeof(RequestMessage) + (external ? 0 : (int)bytes));
        if (message == null) return false;
        byte* content = external ? (byte*)NativeMemory.Alloc((nuint)bytes) : (byte*)(message + 1);
        message->Header.Kind = MessageKind.Request;
        message->Header.External = external ? content : null;
        message->Session = request.OriginSession;
        message->Slot = request.Slot;
        message->KeyIndex = request.KeyIndex;
        message->Connection = request.OriginConnection;
        message->CommandIndex = request.Command!.Index;
        message->ArgumentCount = request.Count;
        message->Partition = request.Partition;
        message->Database = (short)request.Database;
        message->Protocol = (byte)request.Protocol;
        message->NoTouch = request.NoTouch;
        message->Tracks = request.Tracks;
        message->Arrived = request.Arrived;
        request.Pack(content);
        return true;
    }

    /// <summary>Receiver: reads a forwarded command into <paramref name="request"/>,
    /// which points into the message.</summary>
    public static void Read(RequestMessage* message, int sender, Request request, CommandTable commands)
    {
        request.Command = commands.All[message->CommandIndex];
        request.Client = null;
        request.Progress = null;
        request.OriginCore = sender;
        request.OriginConnection = message->Connection;
        request.OriginSession = message->Session;
        request.Slot = message->Slot;
        request.Database = message->Database;
        request.Protocol = message->Protocol;
        request.NoTouch = message->NoTouch;
        request.Tracks = message->Tracks;
        request.Arrived = message->Arrived;
        request.DiskWait = request.Ran = 0;
        request.Partition = message->Partition;
        request.KeyIndex = message->KeyIndex;
        request.HashEpoch = uint.MaxValue;
        request.Program = null;
        byte* content = message->Header.External != null ? message->Header.External : (byte*)(message + 1);
        request.Unpack(content, message->ArgumentCount);
    }

    /// <summary>Sends a reply back to the client's core.</summary>
    public void Reply(Request request, ReadOnlySpan<byte> reply)
    {
        bool external = reply.Length + sizeof(ReplyMessage) > mailbox.MessageBytesMax;
        var message = (ReplyMessage*)Reserve(sizeof(ReplyMessage) + (external ? 0 : reply.Length));
        byte* content = external ? (byte*)NativeMemory.Alloc((nuint)reply.Length) : (byte*)(message + 1);
        if (external) Interlocked.Add(ref _longReplyBytes, reply.Length);
        message->Header.Kind = MessageKind.Reply;
        message->Header.External = external ? content : null;
        message->Session = request.OriginSession;
        message->Slot = request.Slot;
        message->Connection = request.OriginConnection;
        message->Length = reply.Length;
        reply.CopyTo(new Span<byte>(content, reply.Length));
    }

    /// <summary>Sends a published message.</summary>
    public void SendMessage(
        ReadOnlySpan<byte> channel, ReadOnlySpan<byte> content, bool isSharded, int gather)
    {
        long bytes = (long)channel.Length + content.Length;
        bool external = bytes + sizeof(PublishedMessage) > mailbox.MessageBytesMax;
        var message = (PublishedMessage*)Reserve(sizeof(PublishedMessage) + (external ? 0 : (int)bytes));
        byte* to = external ? (byte*)NativeMemory.Alloc((nuint)bytes) : (byte*)(message + 1);
        message->Header.Kind = MessageKind.Published;
        message->Header.External = external ? to : null;
        message->Gather = gather;
        message->IsSharded = isSharded ? 1 : 0;
        message->ChannelLength = channel.Length;
        message->Length = content.Length;
        channel.CopyTo(new Span<byte>(to, channel.Length));
        content.CopyTo(new Span<byte>(to + channel.Length, content.Length));
    }

    /// <summary>Answers a published message.</summary>
    public void SendReceived(int gather, int receivers)
    {
        var message = (ReceivedMessage*)Reserve(sizeof(ReceivedMessage));
        message->Header.Kind = MessageKind.Received;
        message->Header.External = null;
        message->Gather = gather;
        message->Receivers = receivers;
    }

    /// <summary>Sends a change of keys. Also when the log fails that it waits for: who is told for nothing
    /// only reads again.</summary>
    public void SendChange(in ChangeMessage change, ReadOnlySpan<byte> content)
    {
        bool external = content.Length + sizeof(ChangeMessage) > mailbox.MessageBytesMax;
        var message = (ChangeMessage*)Reserve(sizeof(ChangeMessage) + (external ? 0 : content.Length));
        byte* to = external ? (byte*)NativeMemory.Alloc((nuint)content.Length) : (byte*)(message + 1);
        int entrySize = message->Header.EntrySize;
        *message = change;
        message->Header.EntrySize = entrySize;
        message->Header.Kind = MessageKind.Changed;
        message->Header.External = external ? to : null;
        message->Length = content.Length;
        content.CopyTo(new Span<byte>(to, content.Length));
    }

    /// <summary>Receiver: frees what a message refers to.</summary>
    public void Free(MessageHeader* message)
    {
        if (message->External == null) return;
        if (message->Kind is MessageKind.Reply or MessageKind.Failed)
            Interlocked.Add(ref _longReplyBytes, -((ReplyMessage*)message)->Length);
        NativeMemory.Free(message->External);
        message->External = null;
    }

    /// <summary>Sends a managed message.</summary>
    public void Send(ControlMessage message)
    {
        Control.Enqueue(message);
        MessageHeader* header = Reserve(sizeof(MessageHeader));
        header->Kind = MessageKind.Control;
        header->External = null;
    }

    /// <summary>Moves what waits here into the mailbox, as far as it takes it.</summary>
    public void DrainOverflow()
    {
        while (_overflow.TryPeek(out nint kept))
        {
            int size = ((MessageHeader*)kept)->EntrySize;
            byte* entry = mailbox.TryReserve(size);
            if (entry == null) return;
            // The entry keeps the size that the mailbox has set.
            Buffer.MemoryCopy(
                (byte*)kept + sizeof(int), entry + sizeof(int), size - sizeof(int), size - sizeof(int));
            NativeMemory.Free((void*)kept);
            _overflow.Dequeue();
        }
    }

    /// <summary>Takes the contents from all replies and messages that are not published yet (<see
    /// cref="MessageKind.Failed"/>, <see cref="MessageKind.Unpublished"/>).</summary>
    public void FailUnpublished()
    {
        long position = mailbox.PublishedPosition;
        for (byte* entry = mailbox.NextUnpublished(ref position); entry != null;
            entry = mailbox.NextUnpublished(ref position))
            Fail((MessageHeader*)entry);
        foreach (nint kept in _overflow) Fail((MessageHeader*)kept);
    }

    private static void Fail(MessageHeader* message)
    {
        if (message->Kind == MessageKind.Reply) message->Kind = MessageKind.Failed;
        else if (message->Kind == MessageKind.Published) message->Kind = MessageKind.Unpublished;
    }

    public void Dispose()
    {
        while (_overflow.TryDequeue(out nint kept))
        {
            NativeMemory.Free(((MessageHeader*)kept)->External);
            NativeMemory.Free((void*)kept);
        }

        mailbox.Dispose();
    }

    /// <summary>Room for an entry that must not be refused: in the mailbox, or here until there is
    /// some.</summary>
    private MessageHeader* Reserve(int size)
    {
        byte* entry = _overflow.Count > 0 ? null : mailbox.TryReserve(size);
        if (entry != null) return (MessageHeader*)entry;
        var kept = (MessageHeader*)NativeMemory.Alloc((nuint)size);
        kept->EntrySize = size;
        _overflow.Enqueue((nint)kept);
        return kept;
    }
}
