using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>The arguments of ZRANGE and of the commands that were there before it.</summary>
internal struct RangeArguments
{
    /// <summary>The index of the key that is read.</summary>
    public int Key;

    /// <summary>What the range's ends are.</summary>
    public RangeKind Kind;

    /// <summary>True from the highest member on.</summary>
    public bool IsReverse;

    /// <summary>True to reply with scores.</summary>
    public bool WithScores;

    /// <summary>True when LIMIT is there.</summary>
    public bool HasLimit;

    /// <summary>LIMIT's members passed over.</summary>
    public long Offset;

    /// <summary>LIMIT's members at most; negative for all.</summary>
    public long Limit;

    /// <summary>The arguments of a command that has its kind in its name.</summary>
    public static RangeArguments Of(int key, RangeKind kind = RangeKind.Rank, bool isReverse = false) =>
        new() { Key = key, Kind = kind, IsReverse = isReverse, Limit = -1 };

    /// <summary>Reads the options and the range. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="readsKind">True when options say the kind and the direction.</param>
    /// <param name="mayShowScores">True when WITHSCORES is allowed.</param>
    /// <param name="range">The range.</param>
    public bool TryRead(CommandContext context, bool readsKind, bool mayShowScores, out RankRange range)
    {
        range = default;
        // Each of these may be said once.
        bool readsDirection = readsKind;
        for (int i = Key + 3; i < context.ArgumentCount; i++)
        {
            if (mayShowScores && context.Is(i, "WITHSCORES"u8)) WithScores = true;
            else if (i + 2 < context.ArgumentCount && context.Is(i, "LIMIT"u8))
            {
                if (!context.TryInteger(i + 1, out Offset) || !context.TryInteger(i + 2, out Limit))
                    return false;
                HasLimit = true;
                i += 2;
            }
            else if (readsDirection && context.Is(i, "REV"u8))
            {
                IsReverse = true;
                readsDirection = false;
            }
            else if (readsKind && (context.Is(i, "BYLEX"u8) || context.Is(i, "BYSCORE"u8)))
            {
                Kind = context.Is(i, "BYLEX"u8) ? RangeKind.Text : RangeKind.Score;
                readsKind = false;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        return IsAllowed(context) && TryReadEnds(context, out range);
    }

    private readonly bool IsAllowed(CommandContext context)
    {

        if (HasLimit && Limit != -1 && Kind == RangeKind.Rank)
        {
            context.Reply.Error("ERR syntax error, LIMIT is only supported in combination with either "
                + "BYSCORE or BYLEX");
            return false;
        }

        if (!WithScores || Kind != RangeKind.Text) return true;
        context.Reply.Error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
        return false;
    }

    private readonly bool TryReadEnds(CommandContext context, out RankRange range)
    {
        bool isSwapped = IsReverse && Kind != RangeKind.Rank;
        int min = Key + (isSwapped ? 2 : 1);
        int max = Key + (isSwapped ? 1 : 2);
        return RankRange.TryRead(context, min, max, Kind, out range);
    }

    /// <summary>The ranks of the members to show, after LIMIT.</summary>
    public readonly bool TryResolve(scoped in RankRange range, StoredSortedSet set, out long from,
        out long to)
    {
        bool isRead = IsReverse ? range.TryResolveReverse(set, out from, out to)
            : range.TryResolve(set, out from, out to);
        if (!isRead) return false;
        if (Kind == RangeKind.Rank) return true;
        long count = Math.Max(0, to - from);
        long offset = Offset < 0 ? count : Math.Min(Offset, count);
        count -= offset;
        if (Limit >= 0) count = Math.Min(count, Limit);
        if (IsReverse) from = to - offset - count;
        else from += offset;
        to = from + count;
        return true;
    }
}
