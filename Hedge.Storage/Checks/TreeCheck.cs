using System.Globalization;
using Hedge.Storage.CollectionFiles;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Checks;

/// <summary>Takes the elements of a tree that can be read, in the tree's order.</summary>
internal interface ITreeTaker
{
    /// <summary>Takes an element, which is valid during the call.</summary>
    void Take(ReadOnlySpan<byte> element);
}

/// <summary>
/// Walks through a tree, from its root to each leaf, and compares every node with what the node above says of
/// it. Goes on past what is wrong.
/// </summary>
/// <remarks>
/// An inner node's entries have ascending separators, and each says how many elements are below its child:
/// the sum of the child's own entries, or the elements of a leaf. All elements below a child are between its
/// separator and the next one; below the first child, from what the node above says on.
/// </remarks>
/// <param name="nodes">Reads nodes.</param>
/// <param name="seed">What the hashes of elements begin with.</param>
/// <param name="check">What else elements must be; null for nothing.</param>
/// <param name="tell">Hears what is wrong.</param>
/// <param name="taker">Gets the elements; null for nobody.</param>
internal sealed class TreeCheck<TOrder>(CollectionNodes nodes, ulong seed, IElementCheck? check,
    Action<string> tell, ITreeTaker? taker)
    where TOrder : struct, IElementOrder
{
    private readonly ElementSequence<TOrder> _sequence = new(seed);
    private readonly HashSet<ulong> _names = [];

    /// <summary>Elements that were read.</summary>
    public long Count { get; private set; }

    /// <summary>Elements that are not there, as far as the nodes above say how many.</summary>
    public long Lost { get; private set; }

    /// <summary>Walks through a tree from the bytes of its root.</summary>
    /// <returns>How many elements the root says there are.</returns>
    public long Walk(ReadOnlySpan<byte> body, int height, string name)
    {
        if (height < TreePath.LevelsMax) return Walk(name, body, height, default, default);
        tell($"{name} says that it is {height} levels above the leaves");
        return 0;
    }

    /// <summary>Elements that stand in the key's record, before or behind the tree's.</summary>
    public long Leaf(ReadOnlySpan<byte> leaf, string name) => Leaf(name, leaf, default, default);

    private long Walk(string name, ReadOnlySpan<byte> bytes, int level, in Bound low, in Bound high)
    {
        if (level == 0) return Leaf(name, bytes, low, high);
        // What the next look-up reads may take the memory.
        byte[] node = bytes.ToArray();
        long sum = 0;
        Bound from = low;
        for (int at = 0; at < node.Length;)
        {
            int length = LengthOf(node.AsSpan(at));
            if (length < 0)
            {
                tell($"{name} has a malformed entry at byte {at}");
                break;
            }

            int next = at + length;
            Bound to = next < node.Length ? BoundAt(node, next) : high;
            if (TOrder.HasKeys && from.IsThere && to.IsThere && to.Key.CompareTo(from.Key) < 0)
                tell($"{name} has separators that do not ascend");
            uint child = InnerEntry.Child(node.AsSpan(at));
            long count = InnerEntry.Count(node.AsSpan(at));
            Child(name, child, count, level - 1, from, to);
            sum += count;
            (at, from) = (next, to);
        }

        if (node.Length == 0) tell($"{name} is an inner node without entries");
        return sum;
    }

    private void Child(string parent, uint child, long count, int level, in Bound low, in Bound high)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"node {child}");
        if (nodes.Read(child, out ReadOnlySpan<byte> bytes) is { } problem)
        {
            tell($"{name}, which has {count} elements below it, {problem}");
            Lost += count;
            return;
        }

        long found = Walk(name, bytes, level, low, high);
        if (found != count) tell($"{parent} says that {count} elements are below {name}, which has {found}");
    }

    private long Leaf(string name, ReadOnlySpan<byte> leaf, in Bound low, in Bound high)
    {
        _names.Clear();
        long count = 0;
        for (ReadOnlySpan<byte> left = leaf; !left.IsEmpty; count++)
        {
            if (!TOrder.TryMeasure(left, out int length))
            {
                tell($"{name} has a malformed element at byte {leaf.Length - left.Length}");
                break;
            }

            ReadOnlySpan<byte> element = left[..length];
            left = left[length..];
            if (check?.IsRight(element) == false) tell($"{name} has an element that cannot be");
            if (TOrder.HasKeys) CheckPlace(name, element, low, high);
            taker?.Take(element);
        }

        Count += count;
        return count;
    }

    private void CheckPlace(string name, ReadOnlySpan<byte> element, in Bound low, in Bound high)
    {
        ElementKey key = TOrder.KeyOf(element, seed);
        bool isBelow = low.IsThere && Compare(key, low) < 0;
        bool isAbove = high.IsThere && Compare(key, high) >= 0;
        if (isBelow || isAbove) tell($"{name} has an element that belongs into another node");
        bool isNew = TOrder.IsSorted ? _sequence.TryAdd(element)
            : _names.Add(KeyHash.Compute(~seed, key.Bytes));
        if (!isNew) tell($"{name} has elements that are out of order or twice there");
    }

    // Separators of hashes have no more than the hash.
    private static int Compare(in ElementKey key, in Bound bound) =>
        TOrder.IsSorted ? key.CompareTo(bound.Key) : key.High.CompareTo(bound.High);

    private static int LengthOf(ReadOnlySpan<byte> entry)
    {
        if (entry.Length < InnerEntry.HeaderBytes) return -1;
        int length = InnerEntry.HeaderBytes;
        if (TOrder.SeparatorBytes >= 0) length += TOrder.SeparatorBytes;
        else
        {
            // A separator is a number and bytes, or bytes: a length that is whole can be measured.
            try
            {
                length += TOrder.SeparatorLength(entry[InnerEntry.HeaderBytes..]);
            }
            catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentOutOfRangeException)
            {
                return -1;
            }
        }

        return length > entry.Length || length < InnerEntry.HeaderBytes ? -1 : length;
    }

    private static Bound BoundAt(byte[] node, int entry)
    {
        ReadOnlySpan<byte> rest = node.AsSpan(entry);
        int length = LengthOf(rest);
        if (!TOrder.HasKeys || length < 0) return default;
        ElementKey key = TOrder.SeparatorKey(rest[InnerEntry.HeaderBytes..length]);
        return new Bound(true, key.High, key.Bytes.ToArray());
    }

    // A separator; none at the ends of the tree.
    private readonly struct Bound(bool isThere, ulong high, byte[] bytes)
    {
        public bool IsThere => isThere;

        public ulong High => high;

        public ElementKey Key => new(high, bytes);
    }
}
