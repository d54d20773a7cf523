namespace Hedge.Host.Commands.Collections;

/// <summary>The count of HRANDFIELD, SRANDMEMBER and ZRANDMEMBER.</summary>
internal static class RandomCount
{
    /// <summary>Reads arguments 2 and 3. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="option">The word that may follow the count; empty for none.</param>
    /// <param name="count">The count; 0 when there is none.</param>
    /// <param name="hasOption">True when the word is there.</param>
    public static bool TryParse(CommandContext context, ReadOnlySpan<byte> option, out long count,
        out bool hasOption)
    {
        count = 0;
        hasOption = false;
        if (context.ArgumentCount == 2) return true;
        if (!context.TryInteger(2, out count)) return false;
        if (count == long.MinValue)
        {
            context.Reply.Error("ERR value is out of range, value must between "
                + $"{-long.MaxValue} and {long.MaxValue}");
            return false;
        }

        if (context.ArgumentCount == 3) return true;
        hasOption = context.Is(3, option);
        if (context.ArgumentCount > 4 || !hasOption)
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (count is >= -(long.MaxValue / 2) and <= long.MaxValue / 2) return true;
        context.Reply.Error("ERR value is out of range");
        return false;
    }

    /// <summary>False, with an error reply, for more elements than a reply can have.</summary>
    public static bool Fits(CommandContext context, long count)
    {
        if (Math.Abs(count) <= int.MaxValue / 2) return true;
        context.Reply.Error(ErrorText.ReplyTooLong);
        return false;
    }
}
