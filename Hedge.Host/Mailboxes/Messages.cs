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

    /// <summary>A key has changed: <see cref="ChangeMessage"/>, key or encoded keys.</summary>
    Changed = 8,
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
    public bool Tracks;
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

/// <summary>For whom a <see cref="ChangeMessage"/> is.</summary>
internal enum ChangeKind
{
    /// <summary>A client that has read the key.</summary>
    Reader,

    /// <summary>Clients that hear of all changes of keys with a prefix.</summary>
    Prefixes,

    /// <summary>All clients that hear of changes: any key may have changed.</summary>
    Everybody,

    /// <summary>A client that is told instead of another; the content is encoded.</summary>
    Redirected,

    /// <summary>The other one, since that client is gone.</summary>
    Broken,
}

/// <summary>A change of keys that clients of the other core are told of. The content follows, here or
/// externally.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ChangeMessage
{
    public MessageHeader Header;

    /// <summary>Who is told.</summary>
    public long Client;

    /// <summary>Whose command has made the change, 0 for nobody's; of a redirected message, the client that
    /// has asked for it.</summary>
    public long Causer;

    public int Connection;

    /// <summary>Of a redirected message: the connection of <see cref="Causer"/>.</summary>
    public int CauserConnection;

    public ChangeKind For;
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
