using System.Globalization;
using Hedge.Storage.CollectionFiles;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.Checks;

/// <summary>
/// Checks a collection from its root: all trees, each element, and that what is there twice is the same twice
/// (the two trees of a sorted set, the times of a hash, what a stream's groups have pending).
/// </summary>
/// <param name="nodes">Reads nodes.</param>
/// <param name="hashSeed">The data directory's part of the hashes' seeds.</param>
/// <param name="tell">Hears what is wrong.</param>
internal sealed class CollectionCheck(CollectionNodes nodes, ulong hashSeed, Action<string> tell)
{
    // A set's encoding that stands for integers only.
    private const int IntegersEncoding = 0;

    /// <summary>Gets the elements of the first tree; null for nobody.</summary>
    public ITreeTaker? First { get; init; }

    /// <summary>Gets the elements of the second tree; null for nobody.</summary>
    public ITreeTaker? Second { get; init; }

    /// <summary>Elements that could be read.</summary>
    public long Elements { get; private set; }

    /// <summary>Elements that could not be read, as far as that is known.</summary>
    public long Lost { get; private set; }

    /// <summary>Checks a collection.</summary>
    /// <param name="type">The key's type.</param>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="root">The key's value. Not a part of what look-ups give.</param>
    public void Check(RecordType type, uint keyspace, ReadOnlySpan<byte> root)
    {
        try
        {
            if (!IsRoot(type, root))
            {
                tell("its root is malformed");
                return;
            }

            nodes.Begin(keyspace | Keyspaces.NodeBit, RootFormat.Collection(root), RootFormat.Last(root));
            CheckTrees(type, root);
        }
        catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            tell("its root is malformed");
        }
    }

    private static bool IsRoot(RecordType type, ReadOnlySpan<byte> root)
    {
        if (root.IsEmpty) return false;
        int form = RootFormat.Form(root);
        if (form is < RootFormat.Small or > RootFormat.WithEnds) return false;
        if (RootFormat.IsTimed(root) && type != RecordType.Hash) return false;
        if (form == RootFormat.Small) return root.Length >= RootFormat.BodyAt(root);
        if (form == RootFormat.Large) return root.Length >= RootFormat.LargeBytes
            && root.Length >= RootFormat.BodyAt(root);
        if (type is not (RecordType.List or RecordType.Stream)) return false;
        if (root.Length < RootEnds.HeadAt + RootEnds.NumbersBytes) return false;
        RootEnds ends = new(root);
        return ends.HeadCount >= 0 && ends.TailCount >= 0 && ends.BodyAt >= RootEnds.HeadAt
            && ends.TailAt >= ends.BodyAt && ends.TailAt <= ends.TailNumbersAt;
    }

    private void CheckTrees(RecordType type, ReadOnlySpan<byte> root)
    {
        bool isSmall = RootFormat.IsSmall(root);
        // Elements of a small root have no hashes yet.
        ulong seed = isSmall ? ~hashSeed : hashSeed ^ RootFormat.Seed(root);
        PairSum pairs = new(~hashSeed);
        PairSum more = new(~hashSeed + 1);
        switch (type)
        {
            case RecordType.List:
                NotEmpty(Walk<PositionOrder>(root, 0, null));
                break;
            case RecordType.Set:
                bool isIntegers = RootFormat.Encoding(root) == IntegersEncoding;
                NotEmpty(Walk<MemberOrder>(root, seed, isIntegers ? new IntegerCheck() : null));
                break;
            case RecordType.Stream:
                Walk<KeyOrder>(root, 0, new StreamCheck(pairs, more));
                Even(pairs, "names of consumers");
                Even(more, "pending entries");
                break;
            case RecordType.SortedSet:
                long members = Walk<ScoreOrder>(root, seed, new ScoreCheck(isSmall ? new PairSum(0) : pairs));
                NotEmpty(members);
                if (isSmall) break;
                long known = Walk<ScoredMemberOrder>(MemberIndex.Root, seed, new IndexCheck(pairs));
                if (known != members) tell($"it has {members} members, and an index of {known}");
                else Even(pairs, "members and their scores");
                break;
            default:
                CheckHash(root, seed, pairs);
                break;
        }
    }

    private void CheckHash(ReadOnlySpan<byte> root, ulong seed, PairSum pairs)
    {
        bool isSmall = RootFormat.IsSmall(root);
        FieldCheck fields = new(pairs);
        NotEmpty(Walk<FieldOrder>(root, seed, fields));
        long earliest = RootFormat.Earliest(root);
        bool isTimed = RootFormat.IsTimed(root);
        if (fields.Earliest != 0 && (!isTimed || earliest > fields.Earliest))
            tell("a field expires before the root says that any does");
        if (isSmall || !isTimed) return;
        Walk<ScoreOrder>(FieldTimes.Root, seed, new TimeCheck(pairs));
        Even(pairs, "times of fields");
    }

    // The tree of the key's record, with the ends that stand there.
    private long Walk<TOrder>(ReadOnlySpan<byte> root, ulong seed, IElementCheck? check)
        where TOrder : struct, IElementOrder
    {
        TreeCheck<TOrder> tree = new(nodes, seed, check, tell, First);
        RootEnds ends = new(root);
        if (tree.Leaf(ends.Head, "the root's head") != ends.HeadCount) tell("its head's count is wrong");
        long count = ends.HeadCount + tree.Walk(RootFormat.Body(root), RootFormat.Height(root), "the root");
        if (tree.Leaf(ends.Tail, "the root's tail") != ends.TailCount) tell("its tail's count is wrong");
        Elements += tree.Count;
        Lost += tree.Lost;
        return count + ends.TailCount;
    }

    // The second tree, whose root is a node.
    private long Walk<TOrder>(uint node, ulong seed, IElementCheck check)
        where TOrder : struct, IElementOrder
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node {node}");
        if (nodes.Read(node, out ReadOnlySpan<byte> bytes) is { } problem)
        {
            tell($"{name}, the root of its second tree, {problem}");
            return -1;
        }

        if (bytes.IsEmpty)
        {
            tell($"{name}, the root of its second tree, is empty");
            return -1;
        }

        byte[] copy = bytes.ToArray();
        return new TreeCheck<TOrder>(nodes, seed, check, tell, Second).Walk(copy.AsSpan(1), copy[0], name);
    }

    private void NotEmpty(long count)
    {
        if (count == 0) tell("it has no elements, so its key should not be there");
    }

    private void Even(PairSum pairs, string what)
    {
        if (!pairs.IsEven) tell($"what it says twice is not the same: {what}");
    }
}
