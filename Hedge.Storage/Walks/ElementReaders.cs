using Hedge.Storage.Collections;
using Hedge.Storage.Records;

namespace Hedge.Storage.Walks;

/// <summary>Which reader goes through the elements of a collection, by its type.</summary>
internal static class ElementReaders
{
    /// <summary>Opens a reader.</summary>
    /// <param name="source">The nodes.</param>
    /// <param name="type">The collection's type.</param>
    /// <param name="root">The value of the key's record.</param>
    /// <param name="stretch">What is wanted of what has an order.</param>
    /// <param name="lastNode">The last node that was read, of what comes in the order of the disk.</param>
    public static ElementReader Open(NodeSource source, RecordType type, ReadOnlySpan<byte> root,
        ElementStretch stretch, uint lastNode) => type switch
        {
            // The nodes of a hash's second tree, of times, lie among those of the first.
            RecordType.Hash when RootFormat.IsTimed(root) =>
                new LeafWalk<FieldOrder, FieldParts>(source, stretch),
            RecordType.Hash => new NodeScan<FieldOrder, FieldParts>(source, lastNode),
            RecordType.Set => new NodeScan<MemberOrder, PlainParts>(source, lastNode),
            RecordType.List => new LeafWalk<PositionOrder, PlainParts>(source, stretch),
            RecordType.SortedSet => new LeafWalk<ScoreOrder, ScoreParts>(source, stretch),
            _ => new LeafWalk<KeyOrder, KeyParts>(source, stretch),
        };

    /// <summary>How many elements a collection has.</summary>
    public static long CountOf(NodeSource source, RecordType type)
    {
        RootEnds ends = source.Ends;
        return ends.HeadCount + ends.TailCount + type switch
        {
            RecordType.Hash => LeafWalk<FieldOrder, FieldParts>.CountOf(source),
            RecordType.Set => LeafWalk<MemberOrder, PlainParts>.CountOf(source),
            RecordType.List => LeafWalk<PositionOrder, PlainParts>.CountOf(source),
            RecordType.SortedSet => LeafWalk<ScoreOrder, ScoreParts>.CountOf(source),
            _ => LeafWalk<KeyOrder, KeyParts>.CountOf(source),
        };
    }
}
