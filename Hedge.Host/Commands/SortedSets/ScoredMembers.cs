using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>Members with scores that a command has gathered.</summary>
internal sealed class ScoredMembers : IDisposable
{
    private readonly MemberList _members = new();
    private readonly List<double> _scores = [];

    /// <summary>How many.</summary>
    public int Count => _members.Count;

    /// <summary>Adds a member that is not there.</summary>
    public void Add(ReadOnlySpan<byte> member, double score)
    {
        _members.Add(member);
        _scores.Add(score);
    }

    /// <summary>Adds a member, or adds its score to what it has.</summary>
    public void Unite(ReadOnlySpan<byte> member, double score, Aggregate aggregate)
    {
        int number = _members.AddNew(member);
        if (number == _scores.Count) _scores.Add(score);
        else _scores[number] = Join(_scores[number], score, aggregate);
    }

    /// <summary>Makes one of two scores.</summary>
    public static double Join(double first, double second, Aggregate aggregate)
    {
        if (aggregate == Aggregate.Min) return second < first ? second : first;
        if (aggregate == Aggregate.Max) return second > first ? second : first;
        double sum = first + second;
        return double.IsNaN(sum) ? 0 : sum;
    }

    /// <summary>Replies with them in the order of their scores.</summary>
    public void Reply(CommandContext context, bool withScores)
    {
        RangeReply.Header(context.Reply, Count, withScores);
        foreach (int i in Sorted())
            RangeReply.Pair(context.Reply, _members[i].Span, _scores[i], withScores);
    }

    /// <summary>Stores them under the key of argument 1, and replies with their number.</summary>
    /// <param name="context">The command, which has looked the key up.</param>
    /// <param name="replaces">True when the key exists.</param>
    /// <param name="keyEvent">What subscribers are told.</param>
    public void Store(CommandContext context, bool replaces, ReadOnlySpan<byte> keyEvent) =>
        Store(context, 1, replaces, keyEvent);

    /// <summary>As the other overload, for the key at any argument.</summary>
    public void Store(CommandContext context, int keyAt, bool replaces, ReadOnlySpan<byte> keyEvent)
    {
        ReadOnlySpan<byte> key = context.Argument(keyAt);
        context.Keys.CheckPieces(key, _members.Bytes + (sizeof(double) * (long)Count), 2L * Count);
        if (!StoredResult.TryBegin(context, key, replaces, Count)) return;
        context.TryOpenSortedSet(key, out StoredSortedSet target);
        int longest = 0;
        for (int i = 0; i < Count; i++) longest = Math.Max(longest, _members[i].Span.Length);
        bool isListpack = ScoreWrite.Fits(context, longest, Count);
        foreach (int i in Sorted())
        {
            target.Insert(_members[i].Span, ScoreWrite.Kept(_scores[i], isListpack));
            ScoreWrite.Show(context, target, _members[i].Span);
        }

        context.Notify(KeyspaceEvents.SortedSet, keyEvent, key);
        context.Reply.Integer(Count);
    }

    /// <inheritdoc/>
    public void Dispose() => _members.Dispose();

    private int[] Sorted()
    {
        int[] order = new int[Count];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        Array.Sort(order, (x, y) =>
        {
            int byScore = _scores[x].CompareTo(_scores[y]);
            return byScore != 0 ? byScore : _members[x].Span.SequenceCompareTo(_members[y].Span);
        });
        return order;
    }
}
