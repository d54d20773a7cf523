using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>A range of members as the arguments say it. Whatever its ends are, the set tells the ranks they
/// stand for.</summary>
internal ref struct RankRange
{
    private RangeKind _kind;
    private long _start;
    private long _stop;
    private double _minScore;
    private double _maxScore;
    private ReadOnlySpan<byte> _minText;
    private ReadOnlySpan<byte> _maxText;
    private bool _isAfterMin;
    private bool _isBeforeMax;

    /// <summary>Reads the ends. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="min">The index of the lower end; of ranks, of the first.</param>
    /// <param name="max">The index of the upper end; of ranks, of the last.</param>
    /// <param name="kind">What they are.</param>
    /// <param name="range">The range.</param>
    public static bool TryRead(CommandContext context, int min, int max, RangeKind kind, out RankRange range)
    {
        range = new RankRange { _kind = kind };
        if (kind == RangeKind.Rank)
            return context.TryInteger(min, out range._start) && context.TryInteger(max, out range._stop);
        ReadOnlySpan<byte> low = context.Argument(min);
        ReadOnlySpan<byte> high = context.Argument(max);
        if (kind == RangeKind.Score)
        {
            if (TryScore(low, out range._minScore, out range._isAfterMin)
                && TryScore(high, out range._maxScore, out range._isBeforeMax)) return true;
            context.Reply.Error("ERR min or max is not a float");
            return false;
        }

        if (IsText(low) && IsText(high))
        {
            range._minText = low;
            range._maxText = high;
            return true;
        }

        context.Reply.Error("ERR min or max not valid string range item");
        return false;
    }

    /// <summary>The ranks: the first, and the one behind the last; equal or less when there is no member.
    /// False when something must be read from disk first.</summary>
    public readonly bool TryResolve(StoredSortedSet set, out long from, out long to)
    {
        from = to = 0;
        long count = set.Count;
        if (count == 0) return true;
        if (_kind == RangeKind.Rank)
        {
            from = Math.Max(0, _start < 0 ? count + _start : _start);
            long last = _stop < 0 ? count + _stop : _stop;
            to = Math.Min(last, count - 1) + 1;
            return true;
        }

        if (_kind == RangeKind.Score)
        {
            return set.TryCountBefore(_minScore, _isAfterMin, out from)
                & set.TryCountBefore(_maxScore, !_isBeforeMax, out to);
        }

        return set.TryAt(0, out _, out double score)
            && TryCountBefore(set, _minText, score, isMax: false, count, out from)
            & TryCountBefore(set, _maxText, score, isMax: true, count, out to);
    }

    /// <summary>The same range seen from the end: ranks count from there.</summary>
    public readonly bool TryResolveReverse(StoredSortedSet set, out long from, out long to)
    {
        if (!TryResolve(set, out from, out to)) return false;
        if (_kind == RangeKind.Rank) (from, to) = (set.Count - to, set.Count - from);
        return true;
    }

    private static bool TryScore(ReadOnlySpan<byte> text, out double score, out bool isExclusive)
    {
        isExclusive = !text.IsEmpty && text[0] == '(';
        if (isExclusive) text = text[1..];
        // As C's strtod does: spaces in front and what follows a zero byte don't count, and nothing is 0.
        int end = text.IndexOf((byte)0);
        if (end >= 0) text = text[..end];
        text = text.TrimStart(" \t\n\v\f\r"u8);
        score = 0;
        return text.IsEmpty || Numbers.TryParseDouble(text, out score);
    }

    private static bool IsText(ReadOnlySpan<byte> text) =>
        !text.IsEmpty
        && (text[0] is (byte)'(' or (byte)'[' || (text.Length == 1 && text[0] is (byte)'-' or (byte)'+'));

    private static bool TryCountBefore(StoredSortedSet set, ReadOnlySpan<byte> end, double score, bool isMax,
        long count, out long before)
    {
        before = end[0] == '+' ? count : 0;
        if (end[0] is (byte)'+' or (byte)'-') return true;
        bool isExclusive = end[0] == '(';
        return set.TryCountBefore(end[1..], isExclusive != isMax, score, out before);
    }
}
