using Hedge.Host.Commands.Collections;
using Hedge.Host.Commands.Sets;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>ZUNION, ZINTER, ZDIFF, what stores their results, and ZINTERCARD.</summary>
internal static class ScoreAlgebra
{
    /// <summary>Replies with the members.</summary>
    public static void Reply(CommandContext context, SetOperation operation)
    {
        bool hasWeights = operation != SetOperation.Difference;
        Options options = new() { CountIndex = 1, MayShowScores = true, HasWeights = hasWeights };
        if (!TryRead(context, ref options, out List<ScoreSource> sources)) return;
        using ScoredMembers members = new();
        if (TryMake(operation, sources, options.Aggregate, members, int.MaxValue))
            members.Reply(context, options.WithScores);
    }

    /// <summary>Stores the members under the key of argument 1.</summary>
    public static void Store(CommandContext context, SetOperation operation, ReadOnlySpan<byte> keyEvent)
    {
        Options options = new() { CountIndex = 2, HasWeights = operation != SetOperation.Difference };
        bool isResident = context.Keys.TryPeek(context.Argument(1), out Record old);
        if (!TryRead(context, ref options, out List<ScoreSource> sources) || !isResident) return;
        using ScoredMembers members = new();
        if (TryMake(operation, sources, options.Aggregate, members, int.MaxValue))
            members.Store(context, old.Exists, keyEvent);
    }

    /// <summary>Replies with the number of members of an intersection.</summary>
    public static void Count(CommandContext context)
    {
        Options options = new() { CountIndex = 1, HasLimit = true };
        if (!TryRead(context, ref options, out List<ScoreSource> sources)) return;
        using ScoredMembers members = new();
        int limit = options.Limit == 0 ? int.MaxValue : (int)Math.Min(options.Limit, int.MaxValue);
        if (TryMake(SetOperation.Intersection, sources, Aggregate.Sum, members, limit))
            context.Reply.Integer(members.Count);
    }

    // As in Redis, the keys are looked at before the options.
    private static bool TryRead(CommandContext context, ref Options options, out List<ScoreSource> sources)
    {
        sources = [];
        if (!options.TryReadCount(context)) return false;
        if (!Sources.TryOpen(context, options.CountIndex + 1, options.Keys,
            [RecordType.SortedSet, RecordType.Set], out List<OpenCollection> collections)) return false;
        if (!options.TryReadRest(context)) return false;
        for (int i = 0; i < collections.Count; i++) sources.Add(new(collections[i], options.Weight(i)));
        return true;
    }

    private static bool TryMake(SetOperation operation, List<ScoreSource> sources, Aggregate aggregate,
        ScoredMembers members, int limit)
    {
        if (operation == SetOperation.Union)
        {
            bool isRead = true;
            foreach (ScoreSource source in sources) isRead &= source.TryRead();
            if (!isRead) return false;
            Union union = new(members, aggregate);
            foreach (ScoreSource source in sources) source.ForEach(ref union);
            return true;
        }

        bool isIntersection = operation == SetOperation.Intersection;
        // As in Redis the smallest comes first, which shows in sums of infinities.
        if (isIntersection) sources = [.. sources.OrderBy(source => source.Count)];
        if (!sources[0].TryRead()) return false;
        Filter filter = new(sources, isIntersection, members, aggregate, limit);
        sources[0].ForEach(ref filter);
        return filter.IsRead;
    }

    private readonly struct Union(ScoredMembers members, Aggregate aggregate) : IMemberSink
    {
        public bool Take(ReadOnlySpan<byte> member, double score)
        {
            members.Unite(member, score, aggregate);
            return true;
        }
    }

    // Members of the first source that all others have, or that no other has.
    private struct Filter(List<ScoreSource> sources, bool wantsThere, ScoredMembers members,
        Aggregate aggregate, int limit) : IMemberSink
    {
        public bool IsRead { get; private set; } = true;

        public bool Take(ReadOnlySpan<byte> member, double score)
        {
            bool passes = true;
            for (int i = 1; i < sources.Count && passes; i++)
            {
                bool isKnown = sources[i].TryFind(member, out bool isThere, out double other);
                IsRead &= isKnown;
                passes = !isKnown || isThere == wantsThere;
                if (isThere) score = ScoredMembers.Join(score, other, aggregate);
            }

            if (passes) members.Add(member, score);
            return members.Count < limit;
        }
    }

    private struct Options
    {
        private double[]? _weights;

        public required int CountIndex { get; init; }

        public bool HasWeights { get; init; }

        public bool MayShowScores { get; init; }

        public bool HasLimit { get; init; }

        public int Keys { get; private set; }

        public bool WithScores { get; private set; }

        public Aggregate Aggregate { get; private set; }

        public long Limit { get; private set; }

        public readonly double Weight(int key) => _weights == null ? 1 : _weights[key];

        public bool TryReadCount(CommandContext context)
        {
            if (!context.TryInteger(CountIndex, out long keys)) return false;
            if (keys < 1)
            {
                context.Reply.Error("ERR at least 1 input key is needed for "
                    + $"'{context.Request.Command!.LowerName}' command");
                return false;
            }

            if (keys > context.ArgumentCount - CountIndex - 1) return Fail(context);
            Keys = (int)keys;
            return true;
        }

        public bool TryReadRest(CommandContext context)
        {
            for (int i = CountIndex + 1 + Keys; i < context.ArgumentCount; i++)
                if (!TryReadOption(context, ref i)) return false;
            return true;
        }

        private bool TryReadOption(CommandContext context, ref int i)
        {
            int left = context.ArgumentCount - i - 1;
            if (HasWeights && left >= Keys && context.Is(i, "WEIGHTS"u8))
            {
                _weights = new double[Keys];
                for (int key = 0; key < Keys; key++)
                    if (!Scores.TryRead(context, ++i, out _weights[key], "ERR weight value is not a float"))
                        return false;
                return true;
            }

            if (HasWeights && left >= 1 && context.Is(i, "AGGREGATE"u8))
                return TryReadAggregate(context, ++i);
            if (MayShowScores && context.Is(i, "WITHSCORES"u8)) return WithScores = true;
            if (!HasLimit || left < 1 || !context.Is(i, "LIMIT"u8)) return Fail(context);
            bool isNumber = KeyCount.TryReadLimit(context, ++i, out long limit);
            Limit = limit;
            return isNumber;
        }

        private bool TryReadAggregate(CommandContext context, int i)
        {
            if (context.Is(i, "SUM"u8)) Aggregate = Aggregate.Sum;
            else if (context.Is(i, "MIN"u8)) Aggregate = Aggregate.Min;
            else if (context.Is(i, "MAX"u8)) Aggregate = Aggregate.Max;
            else return Fail(context);
            return true;
        }

        private static bool Fail(CommandContext context)
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }
    }
}
