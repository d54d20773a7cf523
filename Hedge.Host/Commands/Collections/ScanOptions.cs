namespace Hedge.Host.Commands.Collections;

/// <summary>The options of SCAN, HSCAN, SSCAN and ZSCAN.</summary>
internal ref struct ScanOptions
{
    private const long DefaultCount = 10;

    /// <summary>COUNT: how many to visit.</summary>
    public long Count;

    /// <summary>MATCH: which of them to show.</summary>
    public ReadOnlySpan<byte> Pattern;

    /// <summary>The argument that is TYPE's; 0 for none.</summary>
    public int TypeAt;

    /// <summary>Reads the arguments from an index on. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int first, bool mayHaveType, out ScanOptions options)
    {
        options = new ScanOptions { Count = DefaultCount, Pattern = "*"u8 };
        for (int i = first; i < context.ArgumentCount; i += 2)
        {
            bool hasValue = i + 1 < context.ArgumentCount;
            bool isCount = hasValue && context.Is(i, "COUNT"u8);
            if (isCount && !context.TryInteger(i + 1, out options.Count)) return false;
            if (hasValue && context.Is(i, "MATCH"u8)) options.Pattern = context.Argument(i + 1);
            else if (hasValue && mayHaveType && context.Is(i, "TYPE"u8)) options.TypeAt = i + 1;
            else if (!isCount || options.Count < 1)
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        return true;
    }
}
