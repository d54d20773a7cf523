using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>What commands that wait for keys share.</summary>
internal static class Blocking
{
    private const double MillisecondsPerSecond = 1000;

    /// <summary>Reads a time-out in seconds, 0 for none. False when an error was replied.</summary>
    public static bool TryTimeout(CommandContext context, int index, out long milliseconds)
    {
        milliseconds = 0;
        if (!Numbers.TryParseDouble(context.Argument(index), out double seconds))
        {
            context.Reply.Error("ERR timeout is not a float or out of range");
            return false;
        }

        double rounded = Math.Ceiling(seconds * MillisecondsPerSecond);
        if (rounded is < 0 or >= long.MaxValue)
        {
            context.Reply.Error("ERR timeout is negative");
            return false;
        }

        milliseconds = (long)rounded;
        if (milliseconds <= long.MaxValue - context.NowMilliseconds) return true;
        context.Reply.Error("ERR timeout is out of range");
        return false;
    }

    /// <summary>Chooses the first of several keys that holds a collection, or waits for one. False when there
    /// is nothing more to do now: the client waits, or was answered, or a record is not resident.</summary>
    /// <param name="context">The command.</param>
    /// <param name="first">The first key's index.</param>
    /// <param name="count">How many keys.</param>
    /// <param name="type">What they should hold.</param>
    /// <param name="timeoutAt">The index of the time-out; 0 for a command that does not wait.</param>
    /// <param name="chosen">The index of the key.</param>
    /// <param name="collection">Its collection.</param>
    public static bool TryChoose(CommandContext context, int first, int count, RecordType type,
        int timeoutAt, out int chosen, out OpenCollection collection)
    {
        (chosen, collection) = (0, null!);
        long timeout = 0;
        if (HasEnded(context)) return false;
        if (timeoutAt > 0 && !TryTimeout(context, timeoutAt, out timeout)) return false;
        if (!FirstKey.TryChoose(context, first, count, type, out chosen, out collection)) return false;
        if (chosen > 0) return true;
        // Inside a transaction nobody waits.
        if (timeoutAt == 0 || context.InTransaction) context.Reply.NullArray();
        else context.AwaitKeys(timeout == 0 ? long.MaxValue : context.NowMilliseconds + timeout);
        return false;
    }

    /// <summary>True, with a reply, when the command's wait has ended.</summary>
    public static bool HasEnded(CommandContext context)
    {
        if (context.Unblocked == Unblocking.No) return false;
        if (context.Unblocked == Unblocking.WithError) context.Reply.Error(ErrorText.Unblocked);
        else context.Reply.NullArray();
        return true;
    }
}
