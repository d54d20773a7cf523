using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Receives bytes with one multishot receive per connection, which fills buffers from the core's buffer
/// ring.
/// 1. The handler borrows the bytes where the kernel put them.
/// 2. At the end of the batch the buffers go back to the kernel.
/// 3. Then receives that ended because no buffers were left are armed again.
/// </summary>
// SAFETY: a lent buffer is returned once, after the handler's EndOfBatch, and not touched after that.
internal sealed unsafe class UringReceiver(Ring ring, ProvidedBufferRing buffers)
{
    private readonly List<ushort> _lent = [];
    private readonly List<UringConnection> _starved = [];

    /// <summary>Starts to receive.</summary>
    public void Arm(UringConnection connection)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.Receive;
        entry->Flags = EntryFlags.BufferSelect;
        entry->Priority = UringBits.ReceiveMultishot;
        entry->Descriptor = connection.Descriptor;
        entry->BufferGroup = buffers.Group;
        entry->UserData = connection.Token(TokenKind.Receive);
        connection.IsArmed = true;
        connection.IsCanceling = false;
    }

    /// <summary>
    /// Asks the kernel to stop receiving. The receive's last completion follows in any case.
    /// </summary>
    public void Cancel(UringConnection connection)
    {
        if (!connection.IsArmed || connection.IsCanceling) return;
        connection.IsCanceling = true;
        Cancel(ring, connection.Token(TokenKind.Receive));
    }

    /// <summary>
    /// Asks the kernel to cancel the operation with this user_data. The operation's own completion tells
    /// the outcome.
    /// </summary>
    public static void Cancel(Ring ring, ulong target)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.Cancel;
        entry->Flags = EntryFlags.SkipSuccess;
        entry->Descriptor = -1;
        entry->Address = target;
        entry->UserData = new Token(TokenKind.Ignored, 0, 0).Value;
    }

    /// <summary>Takes a receive's completion.</summary>
    /// <returns>0, or the errno with which the connection ended; -1 for the peer's orderly end.</returns>
    public int Complete(UringConnection? connection, in CompletionEntry completion, ITransportHandler handler)
    {
        bool hasBuffer = (completion.Flags & UringBits.CompletionBuffer) != 0;
        ushort number = (ushort)(completion.Flags >> UringBits.CompletionBufferShift);
        if (hasBuffer) _lent.Add(number);
        if (connection == null) return 0;

        if ((completion.Flags & UringBits.CompletionMore) == 0) connection.IsArmed = false;
        if (completion.Result > 0)
        {
            if (hasBuffer && !connection.IsClosing && !connection.IsHungUp)
                handler.Received(connection.Index, buffers.Buffer(number), completion.Result);
            return 0;
        }

        switch (-completion.Result)
        {
            case 0:
                return -1;
            case Errno.NoBuffers:
                connection.IsStarved = true;
                _starved.Add(connection);
                return 0;
            case Errno.Canceled or Errno.Interrupted or Errno.Again:
                return 0;
            default:
                return -completion.Result;
        }
    }

    /// <summary>Arms receives again that have ended although the core wants bytes.</summary>
    public void ArmIfWanted(UringConnection connection)
    {
        if (connection.IsArmed || connection.IsStarved || connection.IsPaused) return;
        if (connection.IsHungUp || connection.IsClosing) return;
        Arm(connection);
    }

    /// <summary>True when a batch of received bytes is open.</summary>
    public bool HasLent => _lent.Count > 0;

    /// <summary>Gives the batch's buffers back to the kernel.</summary>
    public void EndBatch()
    {
        if (_lent.Count > 0)
        {
            foreach (ushort number in _lent) buffers.Return(number);
            _lent.Clear();
            buffers.Publish();
        }

        if (_starved.Count == 0) return;
        foreach (UringConnection connection in _starved)
        {
            connection.IsStarved = false;
            ArmIfWanted(connection);
        }

        _starved.Clear();
    }
}
