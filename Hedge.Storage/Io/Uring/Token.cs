namespace Hedge.Storage.Io.Uring;

/// <summary>The operation that a completion belongs to.</summary>
internal enum TokenKind : byte
{
    /// <summary>Ignored (cancellations).</summary>
    Ignored,
    Wake,
    Accept,
    AcceptRetry,
    Receive,

    /// <summary>A send that does not wait. The kernel reports only its failure or partial
    /// success.</summary>
    OfferedSend,

    /// <summary>A send that waits for room in the socket.</summary>
    WaitingSend,
    Close,
    Disk,

    /// <summary>The write in front of a linked sync.</summary>
    DiskLinkedWrite,
}

/// <summary>
/// An operation's user_data: kind (bits 56–63) | generation (32–55) | index (0–31). The generation tells
/// completions of an earlier holder of the index from those of the present one.
/// </summary>
internal readonly record struct Token(ulong Value)
{
    public const uint GenerationMask = 0xFF_FFFF;

    public Token(TokenKind kind, uint generation, int index)
        : this(((ulong)kind << 56) | ((ulong)(generation & GenerationMask) << 32) | (uint)index)
    {
    }

    public TokenKind Kind => (TokenKind)(Value >> 56);

    public uint Generation => (uint)(Value >> 32) & GenerationMask;

    public int Index => (int)(uint)Value;
}
