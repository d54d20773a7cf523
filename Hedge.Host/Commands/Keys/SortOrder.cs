using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

/// <summary>The order that SORT gives to elements: by what BY finds for each, or by the elements themselves;
/// as numbers, or as bytes with ALPHA.</summary>
internal static class SortOrder
{
    private const string NotNumbers = "ERR One or more scores can't be converted into double";

    /// <summary>Sorts. False when something must be read from disk first, or when an error was
    /// replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="options">Its options.</param>
    /// <param name="elements">The elements.</param>
    /// <param name="order">Their numbers, sorted.</param>
    public static bool TryMake(CommandContext context, SortOptions options, MemberList elements,
        out int[] order)
    {
        order = new int[elements.Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Comparison<int>? compare =
            options.IsAlpha ? ByName(context, options, elements) : ByNumber(context, options, elements);
        if (compare == null) return false;
        int sign = options.IsDescending ? -1 : 1;
        Array.Sort(order, (x, y) =>
        {
            int compared = compare(x, y);
            return compared != 0 ? sign * Math.Sign(compared) : x.CompareTo(y);
        });
        return true;
    }

    // Elements with the same number have the order of their bytes.
    private static Comparison<int>? ByNumber(CommandContext context, SortOptions options,
        MemberList elements)
    {
        double[] numbers = new double[elements.Count];
        SortPattern by = new(options.By > 0 ? context.Argument(options.By) : "#"u8);
        bool isRead = true;
        bool areNumbers = true;
        for (int i = 0; i < numbers.Length; i++)
        {
            isRead &= by.TryFind(context, elements[i].Span, out bool isThere, out ReadOnlySpan<byte> value);
            if (isRead && isThere) areNumbers &= TryNumber(value, out numbers[i]);
        }

        if (!isRead) return null;
        if (areNumbers)
        {
            return (x, y) =>
            {
                int compared = numbers[x].CompareTo(numbers[y]);
                return compared != 0 ? compared : elements[x].Span.SequenceCompareTo(elements[y].Span);
            };
        }

        context.Reply.Error(NotNumbers);
        return null;
    }

    private static Comparison<int>? ByName(CommandContext context, SortOptions options, MemberList elements)
    {
        if (options.By == 0) return (x, y) => elements[x].Span.SequenceCompareTo(elements[y].Span);
        SortPattern by = new(context.Argument(options.By));
        byte[]?[] names = new byte[elements.Count][];
        bool isRead = true;
        for (int i = 0; i < names.Length; i++)
        {
            isRead &= by.TryFind(context, elements[i].Span, out bool isThere, out ReadOnlySpan<byte> value);
            if (isRead && isThere) names[i] = value.ToArray();
        }

        return isRead ? (x, y) => Compare(names[x], names[y]) : null;
    }

    // What is not there comes first.
    private static int Compare(byte[]? first, byte[]? second) =>
        first == null || second == null
            ? (first == null ? 0 : 1) - (second == null ? 0 : 1)
            : first.AsSpan().SequenceCompareTo(second);

    // Spaces before a number, and no number at all, are C's rules.
    private static bool TryNumber(ReadOnlySpan<byte> text, out double number)
    {
        number = 0;
        return text.IsEmpty || Numbers.TryParseDouble(text.TrimStart(" \t\n\v\f\r"u8), out number);
    }
}
