using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Storage.Keys;

namespace Hedge.Host.Keyspaces;

/// <summary>
/// Bounds what one command, or one transaction, writes: it is one log record, which has a greatest length,
/// and all of it stands in memory before any of it can be flushed. Owned by the core.
/// <code>
/// 1. A transaction whose arguments alone are too much is refused before it begins.
/// 2. A command of several keys whose arguments don't fit in what is left is refused before it writes.
/// 3. What a single write adds (COPY, BITOP, SETRANGE far behind the end) is counted before it is done; one
///    that does not fit throws, and the command answers an error instead. Such commands write that value
///    first, so that nothing of them is done.
/// </code>
/// </summary>
internal sealed class WriteBudget(Server server)
{
    /// <summary>The error reply.</summary>
    public const string Refusal = "ERR a command or transaction may write less than 2 GB";

    // A log item or two, with the numbers in them.
    private const int OperationBytes = 128;

    private long _used;

    /// <summary>What the command, or the transaction, has written so far.</summary>
    public long Used => _used;

    /// <summary>A command begins that is a log record of its own.</summary>
    public void Begin() => _used = 0;

    /// <summary>A transaction goes on that has written so much.</summary>
    public void Resume(long used) => _used = used;

    /// <summary>A write is about to be done.</summary>
    /// <exception cref="WriteTooLargeException">It is too much.</exception>
    public void Take(int keyBytes, long valueBytes)
    {
        // An expired key is removed first, which takes its bytes once more.
        long used = _used + (2L * keyBytes) + valueBytes + OperationBytes;
        if (used > server.WriteBytesChecked) Refuse(used);
        RefuseWithoutRoom(valueBytes);
        _used = used;
    }

    /// <summary>A value is about to be written in so many pieces, which are taken one by one: all of them
    /// must fit before the first is written.</summary>
    /// <exception cref="WriteTooLargeException">It is too much.</exception>
    public void Check(int keyBytes, long valueBytes, long pieces)
    {
        // A piece counts as what is written and as what the value grows by.
        long used = _used + (2 * valueBytes) + (pieces * (OperationBytes + (2L * keyBytes)));
        if (used > server.WriteBytesMax) throw new WriteTooLargeException(Refusal);
        RefuseWithoutRoom(valueBytes);
    }

    /// <summary>True when all the arguments can be written yet.</summary>
    public bool Fits(Request request) => _used + BytesOf(request) <= server.WriteBytesMax;

    /// <summary>True when the arguments of a transaction's writes can be written.</summary>
    public bool Fits(Transaction transaction) => transaction.WriteBytes <= server.WriteBytesMax;

    /// <summary>Counts a write that has been queued.</summary>
    public static void Queue(Transaction transaction, Request request)
    {
        if (request.Command!.Spec.Flags.HasFlag(CommandFlags.Write))
            transaction.WriteBytes += BytesOf(request);
    }

    private void RefuseWithoutRoom(long valueBytes)
    {
        if (valueBytes > server.Settings.Current.ValueBytesMax)
            throw new WriteTooLargeException(ErrorText.NoRoom);
    }

    private void Refuse(long used)
    {
        if (used > server.WriteBytesMax) throw new WriteTooLargeException(Refusal);
        if (server.WritesUntilFault == 0) return;
        if (--server.WritesUntilFault == 0)
            throw new InvalidOperationException("planted by DEBUG WRITE-FAULT");
    }

    private static long BytesOf(Request request)
    {
        long bytes = 0;
        for (int i = 1; i < request.Count; i++)
        {
            // It may be a key.
            int length = request.Argument(i).Length;
            bytes += length + OperationBytes + (length <= KeyLimits.KeyBytesMax ? length : 0);
        }

        return bytes;
    }
}
