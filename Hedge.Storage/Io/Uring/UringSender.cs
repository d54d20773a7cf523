using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Sends bytes. This is cheap as long as sockets take everything at once:
/// 1. <see cref="Flush"/> only notes the connection; the core may go on writing into the buffer.
/// 2. When the turn is submitted, each noted connection's bytes are offered to its socket by a send that
///    does not wait and reports only failure. The kernel runs it inside the submitting call, so the bytes
///    need not stay in place after that call.
/// 3. <see cref="Settle"/>, right after that call, removes the bytes from the buffer: all, or as many as a
///    refusal says.
/// 4. A waiting send sends the refused bytes from the pinned buffer, part by part, until nothing is left.
/// </summary>
// SAFETY: an offered send's address is taken in Prepare and not used after the submission that follows at
// once; a waiting send's bytes are pinned from its entry to its completion.
internal sealed unsafe class UringSender(Ring ring, UringTransport transport)
{
    /// <summary>The kernel takes less than 2 GiB at a time.</summary>
    private const long SendBytesMax = 1 << 30;

    private readonly List<UringConnection> _dirty = [];
    private readonly List<UringConnection> _offered = [];

    /// <summary>Allows the first <paramref name="length"/> bytes of the output to be sent.</summary>
    public void Flush(UringConnection connection, long length)
    {
        Invariant.Check(length <= connection.Output.Length, "only bytes in the buffer are flushed");
        if (connection.IsBroken || connection.IsAborting || connection.IsCloseQueued)
        {
            if (connection.SendState != SendState.Waiting) connection.Output.Take(length);
            return;
        }

        if (length > connection.Flushed) connection.Flushed = length;
        if (connection.IsDirty || connection.SendState != SendState.Idle || connection.Flushed == 0) return;
        connection.IsDirty = true;
        _dirty.Add(connection);
    }

    /// <summary>Writes the sends of this turn. The next thing that happens must be the submission.</summary>
    public void Prepare()
    {
        if (_dirty.Count == 0) return;
        foreach (UringConnection connection in _dirty)
        {
            connection.IsDirty = false;
            if (connection.Flushed == 0 || connection.SendState != SendState.Idle) continue;
            // A closing connection's last bytes report their end, which is what the close waits for.
            if (connection.IsClosing) StartWaiting(connection);
            else Offer(connection);
        }

        _dirty.Clear();
    }

    /// <summary>Notes that an offered send did not take everything.</summary>
    public static void Refuse(UringConnection? connection, int result)
    {
        if (connection == null || connection.SendState != SendState.Offered) return;
        connection.IsRefused = true;
        connection.Refusal = result;
    }

    /// <summary>
    /// Accounts for the offered sends, after the submission and after every <see cref="Refuse"/> of it.
    /// </summary>
    public void Settle()
    {
        if (_offered.Count == 0) return;
        foreach (UringConnection connection in _offered)
        {
            connection.SendState = SendState.Idle;
            if (!connection.IsRefused)
            {
                Take(connection, connection.Sending);
                if (connection.Flushed > 0) StartWaiting(connection);
                continue;
            }

            connection.IsRefused = false;
            Advance(connection, connection.Refusal);
            if (connection.Flushed > 0) StartWaiting(connection);
        }

        _offered.Clear();
    }

    /// <summary>Takes a waiting send's completion.</summary>
    public void CompleteWaiting(UringConnection connection, int result)
    {
        connection.Output.Unpin();
        connection.SendState = SendState.Idle;
        if (connection.IsAborting)
        {
            connection.Flushed = 0;
            return;
        }

        Advance(connection, result);
        if (connection.Flushed > 0) StartWaiting(connection);
        else if (!connection.IsClosing && !connection.IsBroken) transport.NoteDrained(connection);
    }

    /// <summary>Drops bytes that are not sent yet.</summary>
    public void Abort(UringConnection connection)
    {
        if (connection.SendState == SendState.Waiting)
            UringReceiver.Cancel(ring, connection.Token(TokenKind.WaitingSend));
        else
            connection.Flushed = 0;
    }

    private void Offer(UringConnection connection)
    {
        SubmissionEntry* entry = Send(connection, TokenKind.OfferedSend);
        entry->OperationFlags |= SocketConstants.MessageDontWait | SocketConstants.MessageWaitAll;
        entry->Flags = EntryFlags.SkipSuccess;
        connection.SendState = SendState.Offered;
        _offered.Add(connection);
    }

    // Without WAITALL, so that the remaining length shows each part as soon as the socket takes it.
    private void StartWaiting(UringConnection connection)
    {
        Send(connection, TokenKind.WaitingSend);
        connection.Output.Pin();
        connection.SendState = SendState.Waiting;
    }

    private SubmissionEntry* Send(UringConnection connection, TokenKind kind)
    {
        SubmissionEntry* entry = ring.Next();
        entry->Opcode = UringOpcode.Send;
        entry->Descriptor = connection.Descriptor;
        entry->Address = (ulong)connection.Output.Head;
        connection.Sending = (int)Math.Min(connection.Flushed, SendBytesMax);
        entry->Length = (uint)connection.Sending;
        entry->OperationFlags = SocketConstants.MessageNoSignal;
        entry->UserData = connection.Token(kind);
        return entry;
    }

    private void Advance(UringConnection connection, int result)
    {
        if (result >= 0)
        {
            Take(connection, result);
        }
        else if (-result is not (Errno.Again or Errno.Interrupted))
        {
            connection.IsBroken = true;
            Take(connection, connection.Flushed);
            transport.NoteEnd(connection, -result);
        }
    }

    private static void Take(UringConnection connection, long count)
    {
        connection.Output.Take(count);
        connection.Flushed -= count;
    }
}
