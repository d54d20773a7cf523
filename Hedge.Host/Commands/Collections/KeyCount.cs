using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Collections;

/// <summary>The number of keys that stands before them (SINTERCARD …), and other numbers with texts of their
/// own.</summary>
internal static class KeyCount
{
    /// <summary>Reads the number. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int index, out int keys)
    {
        keys = 0;
        if (!Numbers.TryParseInt64(context.Argument(index), out long count) || count <= 0)
        {
            context.Reply.Error("ERR numkeys should be greater than 0");
            return false;
        }

        if (count > context.ArgumentCount - index - 1)
        {
            context.Reply.Error("ERR Number of keys can't be greater than number of args");
            return false;
        }

        keys = (int)count;
        return true;
    }

    /// <summary>Reads how many elements LPOP, SPOP and their kin are to take. False when an error was
    /// replied.</summary>
    public static bool TryReadTaken(CommandContext context, int index, out long count)
    {
        if (Numbers.TryParseInt64(context.Argument(index), out count) && count >= 0) return true;
        context.Reply.Error("ERR value is out of range, must be positive");
        return false;
    }

    /// <summary>Reads LIMIT's number. False when an error was replied.</summary>
    public static bool TryReadLimit(CommandContext context, int index, out long limit)
    {
        if (Numbers.TryParseInt64(context.Argument(index), out limit) && limit >= 0) return true;
        context.Reply.Error("ERR LIMIT can't be negative");
        return false;
    }
}
