namespace Hedge.Storage.Io.Uring;

/// <summary>The state of a connection's output.</summary>
internal enum SendState : byte
{
    /// <summary>Nothing is with the kernel.</summary>
    Idle,

    /// <summary>A send that does not wait is submitted in this turn.</summary>
    Offered,

    /// <summary>The kernel reads from the pinned output buffer until a send completes.</summary>
    Waiting,
}

/// <summary>
/// What the transport knows of one connection. <see cref="UringReceiver"/> and <see cref="UringSender"/>
/// change their own parts; <see cref="UringTransport"/> changes the rest.
/// </summary>
internal sealed class UringConnection(int index, uint generation, int descriptor)
    : TransportConnection(index)
{
    /// <summary>Tells this holder of the index from earlier and later ones.</summary>
    public uint Generation { get; } = generation;

    /// <summary>The socket.</summary>
    public int Descriptor { get; } = descriptor;

    /// <summary>Length of the send that is offered or waiting now.</summary>
    public int Sending { get; set; }

    /// <summary>
    /// The result of the offered send when it did not take everything: bytes taken or a negative errno.
    /// </summary>
    public int Refusal { get; set; }

    /// <summary>True when <see cref="Refusal"/> must be handled.</summary>
    public bool IsRefused { get; set; }

    /// <summary>The state of the output.</summary>
    public SendState SendState { get; set; }

    /// <summary>A multishot receive is with the kernel.</summary>
    public bool IsArmed { get; set; }

    /// <summary>The kernel was asked to cancel the receive.</summary>
    public bool IsCanceling { get; set; }

    /// <summary>The receive ended because no buffers were left. It is armed again at the end of the
    /// batch.</summary>
    public bool IsStarved { get; set; }

    /// <summary>The core wants it closed without sending the rest.</summary>
    public bool IsAborting { get; set; }

    /// <summary>The close is with the kernel.</summary>
    public bool IsCloseQueued { get; set; }

    /// <summary>A token for one of this connection's operations.</summary>
    public ulong Token(TokenKind kind) => new Token(kind, Generation, Index).Value;
}
