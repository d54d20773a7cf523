using Hedge.Host.Commands.Collections;
using Hedge.Host.Settings;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>Adding members to sorted sets, changing their scores, removing ranges.</summary>
internal static class ScoreWrite
{
    /// <summary>ZADD and ZINCRBY.</summary>
    public static void Add(CommandContext context, ScoreOptions options)
    {
        int first = 2;
        // ZINCRBY has no options.
        if (options == ScoreOptions.None) options = Options(context, ref first);
        int words = context.ArgumentCount - first;
        if (words == 0 || words % 2 != 0)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (Conflict(options, words / 2) is { } conflict)
        {
            context.Reply.Error(conflict);
            return;
        }

        double[] scores = new double[words / 2];
        for (int i = 0; i < scores.Length; i++)
            if (!Scores.TryRead(context, first + (2 * i), out scores[i])) return;
        if (!context.TryOpenSortedSet(context.Argument(1), out StoredSortedSet set)) return;
        ScoreChanges changes = new(context, set, options, first + 1, scores);
        if (changes.TryPrepare()) changes.Make();
    }

    /// <summary>A member was added: with it the set may be no longer one that Redis keeps as a
    /// listpack.</summary>
    public static void Show(CommandContext context, StoredSortedSet set, ReadOnlySpan<byte> member)
    {
        if (set.Collection.Encoding == Encodings.Listpack && !Fits(context, member.Length, set.Count))
            set.Collection.Encoding = Encodings.HashTable;
    }

    /// <summary>The score that a member gets: a listpack of Redis's has no −0.</summary>
    /// <param name="context">The command.</param>
    /// <param name="set">The set as it is before.</param>
    /// <param name="member">The member.</param>
    /// <param name="score">The wanted score.</param>
    /// <param name="isNew">True for a member that is added.</param>
    public static double Kept(CommandContext context, StoredSortedSet set, ReadOnlySpan<byte> member,
        double score, bool isNew)
    {
        if (score != 0 || set.Collection.Encoding != Encodings.Listpack) return score;
        return Kept(score, !isNew || Fits(context, member.Length, set.Count + 1));
    }

    /// <summary>The score that a member gets in a listpack, or not in one.</summary>
    public static double Kept(double score, bool isListpack) => isListpack && score == 0 ? 0 : score;

    /// <summary>True when Redis keeps so many members, of which this is the longest, as a
    /// listpack.</summary>
    public static bool Fits(CommandContext context, int memberBytes, long count)
    {
        ListpackLimits limits = context.Server.Settings.Current.Collections.SortedSet;
        return memberBytes <= limits.ElementBytes && count <= limits.Entries;
    }

    /// <summary>ZREMRANGEBY….</summary>
    public static void RemoveRange(CommandContext context, RangeKind kind, ReadOnlySpan<byte> keyEvent)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!RankRange.TryRead(context, 2, 3, kind, out RankRange range)) return;
        if (!context.TryOpenSortedSet(key, out StoredSortedSet set)) return;
        if (!range.TryResolve(set, out long from, out long to)) return;
        if (to > from)
        {
            if (!set.TryPrepareRemoval(from, to - from)) return;
            set.Remove(from, to - from);
            Removal.Tell(context, set.Collection, key, keyEvent);
        }

        context.Reply.Integer(Math.Max(0, to - from));
    }

    private static ScoreOptions Options(CommandContext context, ref int first)
    {
        ScoreOptions options = ScoreOptions.None;
        for (; first < context.ArgumentCount; first++)
        {
            if (context.Is(first, "NX"u8)) options |= ScoreOptions.OnlyNew;
            else if (context.Is(first, "XX"u8)) options |= ScoreOptions.OnlyOld;
            else if (context.Is(first, "GT"u8)) options |= ScoreOptions.OnlyHigher;
            else if (context.Is(first, "LT"u8)) options |= ScoreOptions.OnlyLower;
            else if (context.Is(first, "CH"u8)) options |= ScoreOptions.CountsChanges;
            else if (context.Is(first, "INCR"u8)) options |= ScoreOptions.Increments;
            else break;
        }

        return options;
    }

    private static string? Conflict(ScoreOptions options, int members)
    {
        bool isNew = options.HasFlag(ScoreOptions.OnlyNew);
        bool isHigher = options.HasFlag(ScoreOptions.OnlyHigher);
        bool isLower = options.HasFlag(ScoreOptions.OnlyLower);
        if (isNew && options.HasFlag(ScoreOptions.OnlyOld))
            return "ERR XX and NX options at the same time are not compatible";
        if ((isNew && (isHigher || isLower)) || (isHigher && isLower))
            return "ERR GT, LT, and/or NX options at the same time are not compatible";
        if (options.HasFlag(ScoreOptions.Increments) && members > 1)
            return "ERR INCR option supports a single increment-element pair";
        return null;
    }
}
