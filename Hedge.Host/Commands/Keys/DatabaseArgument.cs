namespace Hedge.Host.Commands.Keys;

/// <summary>A database's number among the arguments.</summary>
internal static class DatabaseArgument
{
    /// <summary>The error for a copy or move of a key onto itself.</summary>
    public const string SameObject = "ERR source and destination objects are the same";

    /// <summary>Reads it; else writes Redis's error and answers false.</summary>
    public static bool TryRead(CommandContext context, int index, out int database)
    {
        database = 0;
        if (!context.TryInteger(index, out long number)) return false;
        if (number is < int.MinValue or > int.MaxValue)
        {
            context.Reply.Error("ERR value is out of range, value must between -2147483648 and 2147483647");
            return false;
        }

        if (number < 0 || number >= context.Databases.Count)
        {
            context.Reply.Error(ErrorText.DatabaseOutOfRange);
            return false;
        }

        database = (int)number;
        return true;
    }
}
