namespace Hedge.Host.Clients;

/// <summary>
/// What CLIENT LIST and INFO show of a connection's buffers. The owning core brings it up to date by its
/// timer and before a command that holds all cores reads it.
/// </summary>
public sealed class SessionFigures
{
    /// <summary>Bytes of an unfinished request (qbuf).</summary>
    public long QueryBufferBytes { get; set; }

    /// <summary>Bytes free in the buffer for requests (qbuf-free).</summary>
    public long QueryBufferFreeBytes { get; set; }

    /// <summary>True while CLIENT PAUSE holds a request of the client.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Bytes of the arguments of requests that wait (argv-mem).</summary>
    public long ArgumentBytes { get; set; }

    /// <summary>Memory of queued commands (multi-mem).</summary>
    public long TransactionBytes { get; set; }

    /// <summary>Capacity of the reply buffer (rbs).</summary>
    public long ReplyBufferBytes { get; set; }

    /// <summary>The largest reply buffer so far (rbp).</summary>
    public long ReplyBufferPeakBytes { get; set; }

    /// <summary>Reply bytes the client has not taken yet (obl).</summary>
    public long OutputBytes { get; set; }

    /// <summary>Replies that wait for other cores or for the disk (oll).</summary>
    public long WaitingReplies { get; set; }

    /// <summary>Memory of replies beyond the reply buffer (omem).</summary>
    public long OutputMemoryBytes { get; set; }

    /// <summary>Memory of the connection in total (tot-mem).</summary>
    public long TotalBytes =>
        QueryBufferBytes + QueryBufferFreeBytes + ArgumentBytes + TransactionBytes + ReplyBufferBytes
        + OutputMemoryBytes;
}
