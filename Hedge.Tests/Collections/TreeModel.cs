using Hedge.Storage.Collections;

namespace Hedge.Tests.Collections;

/// <summary>A tree and what it should hold, changed side by side.</summary>
internal abstract class TreeModel(int seed)
{
    protected Random Random { get; } = new(seed);

    public NodeStore Store { get; protected init; } = null!;

    public int HeightMax { get; private set; }

    protected double Evicted { get; } = new Random(seed).NextDouble();

    /// <summary>Does something and checks all.</summary>
    public void Step()
    {
        Change();
        HeightMax = Math.Max(HeightMax, Store.Height);
        Store.End(Evicted);
        Check();
        Store.End(Evicted);
    }

    /// <summary>Removes everything: only an empty root is left.</summary>
    public void Drain()
    {
        while (Remove())
        {
            Store.End(Evicted);
            Check();
        }

        if (Store.Nodes.Count > 1 || Store.Height > 0 || Store.Nodes[0].Length > 0)
            throw new InvalidOperationException($"{Store.Nodes.Count} nodes left, height {Store.Height}");
    }

    /// <summary>Makes a tree of the same elements from the leaves up.</summary>
    public abstract void Rebuild();

    protected abstract void Change();

    protected abstract bool Remove();

    protected abstract void Check();

    protected delegate bool Attempt();

    /// <summary>Tries until nothing is missing.</summary>
    protected void Until(Attempt attempt)
    {
        for (int i = 0; i < 5000; i++)
        {
            Store.Begin();
            if (attempt()) return;
        }

        throw new InvalidOperationException("a command is tried again for ever");
    }

    protected static void Expect(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException(what);
    }
}

/// <summary>The checks and changes that all orders have in common.</summary>
internal abstract class TreeModel<TOrder> : TreeModel
    where TOrder : struct, IElementOrder
{
    private const ulong Seed = 1234;

    private readonly TreeShape _shape;

    protected TreeModel(int seed, int shape)
        : base(seed)
    {
        Store = new NodeStore(Random);
        _shape = TreeModelTests.ShapeOf(shape);
    }

    protected CountedTree<MemoryNodes, TOrder> Tree => new(new MemoryNodes(Store));

    protected TreeWriter<MemoryNodes, TOrder> Writer => new(new MemoryNodes(Store), _shape);

    protected List<byte[]> Elements { get; } = [];

    public override void Rebuild()
    {
        IEnumerable<byte[]> elements = TOrder.HasKeys && !TOrder.IsSorted
            ? Elements.OrderBy(element => TOrder.KeyOf(element, Seed).High) : Elements;
        TreeBuilder<TOrder> builder = new(_shape, Seed, Store.Clear());
        foreach (byte[] element in elements) builder.Add(element, Store);
        builder.Finish(Store);
        Store.Root(builder.Height, builder.Body);
        Check();
        CheckWalk(true);
    }

    protected override void Check()
    {
        Store.Begin();
        Expect(Tree.Count == Elements.Count, $"{Tree.Count} elements instead of {Elements.Count}");
        if (Random.Next(8) == 0)
        {
            CheckWalk(true);
            CheckWalk(false);
        }

        int position = Random.Next(Elements.Count + 1);
        Until(() =>
        {
            if (!Tree.TrySeek(position, out TreePath path)) return false;
            if (!Tree.TryPositionOf(path, out long found)) return false;
            Expect(found == position, $"position {found} instead of {position}");
            ReadOnlySpan<byte> rest = Tree.From(path);
            bool isRight = position == Elements.Count ? rest.IsEmpty
                : !TOrder.HasKeys || TOrder.IsSorted ? rest.StartsWith(Elements[position]) : !rest.IsEmpty;
            Expect(isRight, $"another element at {position} of {Elements.Count}");
            return true;
        });
        CheckNode(0, Store.Height);
    }

    protected override bool Remove()
    {
        if (Elements.Count == 0) return false;
        if ((TOrder.IsSorted || !TOrder.HasKeys) && Random.Next(4) == 0) return Trim();
        int position = Random.Next(Elements.Count);
        Until(() =>
        {
            if (!Tree.TrySeek(position, out TreePath path)) return false;
            byte[] element = Tree.ElementAt(path).ToArray();
            int most = CountedTree<MemoryNodes, TOrder>.ElementsIn(Tree.From(path));
            int count = Random.Next(3) == 0 ? 1 + Random.Next(most) : 1;
            foreach (byte[] gone in Leading(Tree.From(path), count)) Forget(gone, position);
            Writer.Remove(ref path, count);
            return true;
        });
        return true;
    }

    private bool Trim()
    {
        int position = Random.Next(Elements.Count);
        int count = 1 + Random.Next(Math.Min(Elements.Count - position, Random.Next(2) == 0 ? 10 : 100));
        Until(() =>
        {
            TreeTrimmer<MemoryNodes, TOrder> trimmer = new(new MemoryNodes(Store), _shape);
            if (!trimmer.TryPrepare(position, count)) return false;
            trimmer.Remove(position, count);
            return true;
        });
        Elements.RemoveRange(position, count);
        return true;
    }

    // Forgets the element, which stands at a position when positions are all.
    protected abstract void Forget(byte[] element, int position);

    protected static List<byte[]> Leading(ReadOnlySpan<byte> leaf, int count)
    {
        List<byte[]> elements = [];
        for (int at = 0; at < leaf.Length && elements.Count < count;)
        {
            int length = TOrder.ElementLength(leaf[at..]);
            elements.Add(leaf.Slice(at, length).ToArray());
            at += length;
        }

        return elements;
    }

    private void CheckWalk(bool forwards)
    {
        List<byte[]> walked = [];
        int start = forwards ? 0 : Elements.Count;
        Until(() =>
        {
            walked.Clear();
            if (!Tree.TrySeek(start, out TreePath path)) return false;
            bool isThere = true;
            while (isThere)
            {
                path[0].Offset = 0;
                List<byte[]> leaf = Leading(Tree.From(path), int.MaxValue);
                walked.InsertRange(forwards ? walked.Count : 0, leaf);
                bool isRead = forwards ? Tree.TryNextLeaf(ref path, out isThere)
                    : Tree.TryPreviousLeaf(ref path, out isThere);
                if (!isRead) return false;
                if (!Tree.TryEnterLeaf(ref path)) return false;
            }

            return true;
        });
        Expect(walked.Count == Elements.Count, $"{walked.Count} elements on the way");
        if (TOrder.IsSorted || !TOrder.HasKeys)
        {
            for (int i = 0; i < walked.Count; i++)
                Expect(walked[i].AsSpan().SequenceEqual(Elements[i]), $"another element {i} on the way");
        }
        else
        {
            HashSet<string> all = [.. walked.Select(Convert.ToHexString)];
            Expect(all.SetEquals(Elements.Select(Convert.ToHexString)), "other elements on the way");
        }
    }

    // Sizes, counts, separators. Returns the number of elements.
    private long CheckNode(uint node, int level)
    {
        ReadOnlySpan<byte> bytes = Store.Nodes[node];
        if (level == 0)
        {
            int count = CountedTree<MemoryNodes, TOrder>.ElementsIn(bytes);
            Expect(count > 0 || node == 0, $"leaf {node} is empty");
            bool isShort = bytes.Length <= _shape.BytesMax(0, Store.Height);
            Expect(count == 1 || isShort, $"leaf {node} is too long");
            return count;
        }

        long sum = 0;
        for (int at = 0; at < bytes.Length;)
        {
            ReadOnlySpan<byte> entry = bytes[at..];
            long below = CheckNode(InnerEntry.Child(entry), level - 1);
            uint counted = InnerEntry.Count(entry);
            Expect(below == counted, $"node {node} counts {counted} of {below}");
            if (TOrder.HasKeys && at > 0) CheckSeparator(bytes, at, level);
            sum += below;
            at += CountedTree<MemoryNodes, TOrder>.EntryLength(entry);
        }

        Expect(sum > 0, $"inner node {node} is empty");
        return sum;
    }

    private void CheckSeparator(ReadOnlySpan<byte> inner, int at, int level)
    {
        ElementKey separator = TOrder.SeparatorKey(inner[(at + InnerEntry.HeaderBytes)..]);
        foreach (byte[] leaf in LeavesBelow(InnerEntry.Child(inner[at..]), level - 1))
        {
            foreach (byte[] element in Leading(leaf, int.MaxValue))
                Expect(TOrder.KeyOf(element, Seed).CompareTo(separator) >= 0, "before its separator");
        }
    }

    private List<byte[]> LeavesBelow(uint node, int level)
    {
        byte[] bytes = Store.Nodes[node];
        if (level == 0) return [bytes];
        List<byte[]> leaves = [];
        for (int at = 0; at < bytes.Length;)
        {
            leaves.AddRange(LeavesBelow(InnerEntry.Child(bytes.AsSpan(at)), level - 1));
            at += CountedTree<MemoryNodes, TOrder>.EntryLength(bytes.AsSpan(at));
        }

        return leaves;
    }
}

/// <summary>A list.</summary>
internal sealed class ListModel(int seed, int shape) : TreeModel<PositionOrder>(seed, shape)
{
    private readonly double _grows = 0.4 + (new Random(seed).NextDouble() * 0.6);
    private readonly int _end = seed % 4;

    protected override void Change()
    {
        if (Random.NextDouble() > _grows && Remove()) return;
        byte[] element = Element(Random.Next(20) == 0 ? 300 : 12);
        bool replaces = Elements.Count > 0 && Random.Next(4) == 0;
        int position = _end == 0 ? 0 : _end == 1 ? Elements.Count : Random.Next(Elements.Count + 1);
        if (replaces) position = Random.Next(Elements.Count);
        Until(() =>
        {
            if (!Tree.TrySeek(position, out TreePath path)) return false;
            if (replaces) Writer.Replace(ref path, element);
            else Writer.Insert(ref path, element);
            return true;
        });
        if (replaces) Elements[position] = element;
        else Elements.Insert(position, element);
    }

    protected override void Forget(byte[] element, int position)
    {
        Expect(Elements[position].AsSpan().SequenceEqual(element), "another element is removed");
        Elements.RemoveAt(position);
    }

    private byte[] Element(int most)
    {
        byte[] text = TreeModelTests.Text(Random, most);
        byte[] element = new byte[text.Length + 5];
        int at = 0;
        ElementCodec.WriteLength(element, ref at, text.Length);
        text.CopyTo(element, at);
        return element[..(at + text.Length)];
    }
}

/// <summary>Elements with keys; <see cref="TreeModel{TOrder}.Elements"/> is in their order.</summary>
internal sealed class KeyedModel<TOrder>(int seed, int shape, Func<Random, bool, byte[]> element)
    : TreeModel<TOrder>(seed, shape)
    where TOrder : struct, IElementOrder
{
    protected override void Change()
    {
        byte[] changed = element(Random, Random.Next(20) == 0);
        bool removes = Random.Next(3) == 0;
        int place = Find(changed, out bool isKnown);
        Until(() =>
        {
            if (!Tree.TryFind(TOrder.KeyOf(changed, 1234), out TreePath path, out bool isFound)) return false;
            Expect(isFound == isKnown, isKnown ? "a key is not found" : "a key is found");
            if (isFound && removes) Writer.Remove(ref path, 1);
            else if (isFound) Writer.Replace(ref path, changed);
            else if (!removes) Writer.Insert(ref path, changed);
            return true;
        });
        if (isKnown) Elements.RemoveAt(place);
        if (!removes) Elements.Insert(place, changed);
    }

    protected override void Forget(byte[] element, int position)
    {
        int place = Find(element, out bool isKnown);
        Expect(isKnown, "an element that is not there is removed");
        Elements.RemoveAt(place);
    }

    private int Find(byte[] sought, out bool isKnown)
    {
        for (int i = 0; i < Elements.Count; i++)
        {
            int order = TOrder.KeyOf(Elements[i], 1234).CompareTo(TOrder.KeyOf(sought, 1234));
            isKnown = order == 0;
            if (order >= 0) return i;
        }

        isKnown = false;
        return Elements.Count;
    }
}
