using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;

namespace Hedge.Storage.CollectionFiles;

/// <summary>A tree that is made of a file's elements.</summary>
internal abstract class TreeLoad
{
    /// <summary>The elements so far.</summary>
    public long Count { get; protected set; }

    /// <summary>The last node's number.</summary>
    public abstract uint Last { get; }

    /// <summary>The root's level, at the end.</summary>
    public abstract int Height { get; }

    /// <summary>The root's elements or entries, at the end.</summary>
    public abstract ReadOnlySpan<byte> Body { get; }

    /// <summary>Reads the next part; false at the end.</summary>
    /// <exception cref="LoadException">Something is wrong with it.</exception>
    public abstract bool GoOn(LoadFileReader reader, INodeVisitor nodes);
}

/// <summary>A tree of one order.</summary>
/// <param name="shape">How long its nodes are.</param>
/// <param name="seed">What the hashes of its elements begin with.</param>
/// <param name="last">The last node's number before it.</param>
/// <param name="check">What else the elements must be; null for nothing.</param>
internal sealed class TreeLoad<TOrder>(TreeShape shape, ulong seed, uint last, IElementCheck? check)
    : TreeLoad
    where TOrder : struct, IElementOrder
{
    private readonly TreeBuilder<TOrder> _builder = new(shape, seed, last);
    private readonly ElementSequence<TOrder> _order = new(seed);

    /// <inheritdoc/>
    public override uint Last => _builder.Last;

    /// <inheritdoc/>
    public override int Height => _builder.Height;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Body => _builder.Body;

    /// <inheritdoc/>
    public override bool GoOn(LoadFileReader reader, INodeVisitor nodes)
    {
        if (!reader.TryReadPart(out ReadOnlySpan<byte> left))
        {
            _builder.Finish(nodes);
            return false;
        }

        while (!left.IsEmpty)
        {
            ReadOnlySpan<byte> element = Measure(reader, left, check);
            if (!_order.TryAdd(element)) throw reader.Damaged("has a collection that is not in order");
            _builder.Add(element, nodes);
            Count++;
            left = left[element.Length..];
        }

        if (Count > reader.Count) throw reader.Damaged("has a collection with more elements than it says");
        if (!_builder.IsPossible) throw reader.Damaged("has a collection that is too large");
        return true;
    }

    /// <summary>Checks the elements of a collection without trees, which are in any order if a leaf's are
    /// not sorted; returns how many there are.</summary>
    public static long CheckLeaf(LoadFileReader reader, ulong seed, IElementCheck? check)
    {
        ReadOnlySpan<byte> left = reader.Value;
        ElementSequence<TOrder> order = new(seed);
        HashSet<ulong> names = [];
        long count = 0;
        for (; !left.IsEmpty; count++)
        {
            ReadOnlySpan<byte> element = Measure(reader, left, check);
            ReadOnlySpan<byte> name = TOrder.KeyOf(element, seed).Bytes;
            bool isRight = !TOrder.HasKeys || names.Add(KeyHash.Compute(seed, name));
            if (TOrder.IsSorted) isRight = isRight && order.TryAdd(element);
            if (!isRight) throw reader.Damaged("has a collection with elements out of order or twice");
            left = left[element.Length..];
        }

        return count;
    }

    private static ReadOnlySpan<byte> Measure(LoadFileReader reader, ReadOnlySpan<byte> left,
        IElementCheck? check)
    {
        if (!TOrder.TryMeasure(left, out int length)) throw reader.Damaged("has a malformed element");
        ReadOnlySpan<byte> element = left[..length];
        return check?.IsRight(element) == false ? throw reader.Damaged("has a malformed element") : element;
    }
}
