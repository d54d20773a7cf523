using System.Runtime.InteropServices;

namespace Hedge.Host.Mailboxes;

/// <summary>What a mailbox entry is.</summary>
internal enum MessageKind
{
    /// <summary>Run a single-key command: <see cref="RequestMessage"/>, argument lengths,
    /// arguments.</summary>
    Request = 1,

    /// <summary>The reply to a forwarded request: <see cref="ReplyMessage"/>, bytes.</summary>
    Reply = 2,

    /// <summary>A managed message waits in the sender's control queue: leases, accepted sockets,
    /// MONITOR's lines.</summary>
    Control = 3,

    /// <summary>A <see cref="ReplyMessage"/> whose reply must not be given, since the log it waited for has
    /// failed: the client is closed.</summary>
    Failed = 4,

    /// <summary>A published message: <see cref="PublishedMessage"/>, channel, content.</summary>
    Published = 5,

    /// <summary>A <see cref="PublishedMessage"/> that nobody must see, since the log it waited for has
    /// failed.</summary>
    Unpublished = 6,

    /// <summary>How many clients have received a message: <see cref="ReceivedMessage"/>.</summary>
    Received = 7,
}

/// <summary>Common start of all mailbox entries.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal unsafe struct MessageHeader
{
    /// <summary>Size of the mailbox entry; set by the mailbox.</summary>
    public int EntrySize;

    /// <summary><see cref="MessageKind"/>.</summary>
    public MessageKind Kind;

    /// <summary>Contents that were too long for the mailbox: native memory that the receiver frees;
    /// else null.</summary>
    // SAFETY: allocated by the sender, freed by the receiver once read, or by the outbox when never sent.
    public byte* External;
}

/// <summary>A forwarded single-key command. The lengths (int each) and the arguments follow,
/// here or externally.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RequestMessage
{
    public MessageHeader Header;
    public long Session;
    public long Slot;
    public long Arrived;
    public int Connection;
    public int CommandIndex;
    public int KeyIndex;
    public int ArgumentCount;
    public int Partition;
    public short Database;
    public byte Protocol;
    public bool NoTouch;
}

/// <summary>A forwarded command's reply. The bytes follow, here or externally.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReplyMessage
{
    public MessageHeader Header;
    public long Session;
    public long Slot;
    public int Connection;
    public int Length;
}

/// <summary>A published message. The channel and the content follow, here or externally.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PublishedMessage
{
    public MessageHeader Header;

    /// <summary>The sender's number for what is to be answered, or <see cref="Mail.NoGather"/>.</summary>
    public int Gather;

    /// <summary>1 for a shard channel, else 0.</summary>
    public int IsSharded;

    public int ChannelLength;
    public int Length;
}

/// <summary>The answer to a <see cref="PublishedMessage"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ReceivedMessage
{
    public MessageHeader Header;
    public int Gather;

    /// <summary>Clients that have received the message; -1 when nobody must see it.</summary>
    public int Receivers;
}
