using Hedge.Host.Clients;
using Hedge.Host.Declarations;

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

    /// <summary>True when the wait has ended without an element; the reply is written then.</summary>
    public static bool HasEnded(CommandContext context)
    {
        if (context.Unblocked == Unblocking.No) return false;
        if (context.Unblocked == Unblocking.WithError) context.Reply.Error(ErrorText.Unblocked);
        else context.Reply.NullArray();
        return true;
    }

    /// <summary>None of the keys has an element: waits. Inside a transaction nobody waits; false
    /// then.</summary>
    public static bool TryWait(CommandContext context, long milliseconds)
    {
        if (context.InTransaction) return false;
        context.AwaitKeys(milliseconds == 0 ? long.MaxValue : context.NowMilliseconds + milliseconds);
        return true;
    }
}
