using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Clients;

/// <summary>Why a connection's next request is not looked at.</summary>
[Flags]
internal enum WaitReason
{
    /// <summary>It is.</summary>
    None = 0,

    /// <summary>The request needs all earlier ones to be done.</summary>
    Barrier = 1 << 0,

    /// <summary>A request that must run alone (several partitions, EXEC, a wait) is under way.</summary>
    Exclusive = 1 << 1,

    /// <summary>A mailbox is full: tried again every turn.</summary>
    Retry = 1 << 2,

    /// <summary>CLIENT PAUSE.</summary>
    Paused = 1 << 3,

    /// <summary>The client does not read its replies.</summary>
    Unread = 1 << 4,

    /// <summary>Writers are being slowed down.</summary>
    Slowed = 1 << 6,

    /// <summary>Wrong passwords: the client waits.</summary>
    Delayed = 1 << 7,

    /// <summary>The connection is being closed: nothing more is run.</summary>
    Closing = 1 << 5,

    /// <summary>As many of the client's requests as may wait for their replies (<c>PipelineLimit</c>).
    /// </summary>
    Pipeline = 1 << 8,

    /// <summary>As many of all clients' requests as may (<c>PipelineLimit</c>).</summary>
    Crowd = 1 << 9,
}

/// <summary>One client connection: its session, its bytes in and out, and where it stands.
/// Owned by its core.</summary>
internal sealed unsafe class Connection : IDisposable
{
    public required int Index { get; init; }

    public required Session Session { get; init; }

    public required RequestParser Parser { get; init; }

    /// <summary>Bytes the transport sends.</summary>
    public required OutputBuffer Output { get; init; }

    /// <summary>Replies that wait for the log's sync (appendfsync always), and how many of their bytes the
    /// sync under way covers.</summary>
    public OutputBuffer? Gated { get; set; }

    /// <inheritdoc cref="Gated"/>
    public long GatedCovered { get; set; }

    /// <summary>Bytes received and not yet run.</summary>
    public InputBuffer Input { get; } = new();

    public ReplyQueue Replies { get; } = new();

    public WaitReason WaitsFor { get; set; }

    /// <summary>True while in the core's list of connections with output.</summary>
    public bool IsDirty { get; set; }

    /// <summary>True while in the core's list of connections to look at again.</summary>
    public bool IsScheduled { get; set; }

    /// <summary>Since when <c>SlowedWriters</c> holds the client's write, monotonic.</summary>
    public long SlowedSince { get; set; }

    /// <summary>True while a write that <c>SlowedWriters</c> held is tried again: it is counted
    /// already.</summary>
    public bool IsRetrying { get; set; }

    /// <summary>True while in the core's list of connections whose replies wait for a sync.</summary>
    public bool IsGated { get; set; }

    /// <summary>A reply is being written behind open ones: what is pushed meanwhile is counted as part of
    /// it.</summary>
    public bool IsReplying { get; set; }

    /// <summary>How many of the open replies are those of PUBLISH.</summary>
    public int OpenPublishes { get; set; }

    public bool ReceivePaused { get; set; }

    /// <summary>When the client was last counted by <c>ArrivalRate</c>: the start of the gauge's
    /// window.</summary>
    public long CountedWindow { get; set; }

    /// <summary>The client has closed its sending side; it still gets its replies.</summary>
    public bool HalfClosed { get; set; }

    /// <summary>The client sends nothing more, and all that it has sent is answered.</summary>
    public bool HasAnsweredAll =>
        HalfClosed && WaitsFor == WaitReason.None && !IsScheduled && !IsGated && Replies.Open == 0;

    /// <summary>The transport has closed; the object lives on until its open replies have come.</summary>
    public bool IsClosed { get; set; }

    /// <summary>The transport was told to close.</summary>
    public bool CloseRequested { get; set; }

    /// <summary>Disconnected for what it leaves unread, though the transport was not told yet: nothing more
    /// is kept for it.</summary>
    public bool IsDropped { get; set; }

    /// <summary>Replies to it are for nobody.</summary>
    public bool IsGone => CloseRequested || IsDropped || IsClosed;

    // The bytes of the present batch: where they are, how far they were parsed and run.

    // SAFETY: received bytes, which the transport keeps in place until the batch ends, or those of Input,
    // which does not move before; null when the connection has no part in the batch.
    private byte* _batchData;

    /// <summary>True when the connection has a part in the batch.</summary>
    public bool IsInBatch => _batchData != null;

    /// <summary>The batch's bytes that are not parsed yet.</summary>
    public ReadOnlySpan<byte> NotParsed => new(_batchData + BatchParsed, BatchLength - BatchParsed);

    /// <summary>The batch's bytes that are not run yet.</summary>
    public ReadOnlySpan<byte> NotRun => new(_batchData + BatchRun, BatchLength - BatchRun);

    public int BatchLength { get; set; }

    public int BatchParsed { get; set; }

    public int BatchRun { get; set; }

    /// <summary>The batch's bytes are in <see cref="Input"/> rather than in a receive buffer.</summary>
    public bool BatchIsInput { get; set; }

    /// <summary>Soft limit of client-output-buffer-limit exceeded since (monotonic microseconds),
    /// or 0.</summary>
    public long OverSoftLimitSince { get; set; }

    /// <summary>Bytes of replies the client has not taken.</summary>
    public long UnreadBytes => NextUnreadBytes + Replies.StashedBytes;

    /// <summary>As <see cref="UnreadBytes"/>, without what stands behind a reply that is still to come: it
    /// cannot be read before that.</summary>
    public long NextUnreadBytes => Output.Length + (IsGated ? Gated!.Length : 0);

    /// <summary>Bytes of the arguments of its requests that wait on its own core.</summary>
    public long WaitingArgumentBytes { get; set; }

    /// <summary>True while in the core's list of connections with large buffers.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Unread and waiting bytes as last counted.</summary>
    public long CountedUnread { get; set; }

    /// <inheritdoc cref="CountedUnread"/>
    public long CountedWaiting { get; set; }

    /// <summary>Takes part in the batch with these bytes: received just now, or those
    /// of <see cref="Input"/>.</summary>
    public void Join(byte* data, int length, bool isInput)
    {
        _batchData = data;
        BatchLength = length;
        BatchParsed = 0;
        BatchRun = 0;
        BatchIsInput = isInput;
    }

    /// <summary>Takes part in the batch with all of <see cref="Input"/>.</summary>
    public void JoinInput() => Join(Input.Head, Input.Length, isInput: true);

    /// <summary>Has no part in the batch any more.</summary>
    public void Leave() => _batchData = null;

    /// <summary>Brings what CLIENT LIST shows up to date.</summary>
    public void UpdateFigures()
    {
        SessionFigures figures = Session.Figures;
        figures.QueryBufferBytes = Input.Length;
        figures.QueryBufferFreeBytes = Input.Capacity - Input.Length;
        figures.ReplyBufferBytes = Output.Capacity;
        figures.ReplyBufferPeakBytes = Math.Max(figures.ReplyBufferPeakBytes, Output.Capacity);
        figures.ArgumentBytes = WaitingArgumentBytes;
        figures.IsPaused = (WaitsFor & WaitReason.Paused) != 0;
        figures.OutputBytes = Output.Length + (Gated?.Length ?? 0) + Replies.StashedBytes;
        // The command that asks for all clients stands in its own client's queue.
        bool asks = (WaitsFor & WaitReason.Exclusive) != 0 && !Session.Blocked;
        figures.WaitingReplies = asks ? Replies.Open - 1 : Replies.Open;
        figures.TransactionBytes = Session.Transaction?.HeldBytes ?? 0;
        figures.OutputMemoryBytes = (Gated?.Capacity ?? 0) + Replies.StashedBytes;
    }

    public void Dispose()
    {
        Input.Dispose();
        Replies.Dispose();
        Gated?.Dispose();
    }
}
