namespace Hedge.Storage.Collections;

/// <summary>The most bytes of nodes. A single element may make its leaf longer.</summary>
/// <param name="LeafBytesMax">A leaf below the root.</param>
/// <param name="InnerBytesMax">An inner node below the root.</param>
/// <param name="RootBytesMax">The root with inner entries.</param>
/// <param name="RootLeafBytesMax">The root while it is the only leaf.</param>
internal sealed record TreeShape(
    int LeafBytesMax = 1024, int InnerBytesMax = 2048, int RootBytesMax = 1024, int RootLeafBytesMax = 1024)
{
    /// <summary>The fewest entries of an inner node before it is cut, however long they are.</summary>
    public const int EntriesMin = 4;

    /// <summary>The most bytes of a leaf of any shape: a server may have other shapes than the one that has
    /// made a leaf.</summary>
    public const int LeafBytesMost = 16 * 1024;

    /// <summary>The usual shape.</summary>
    public static TreeShape Usual { get; } = new();

    /// <summary>The shape with leaves of a length.</summary>
    public static TreeShape Of(int leafBytes) => new(leafBytes, 2 * leafBytes, leafBytes, leafBytes);

    /// <summary>The same with short inner nodes, for separators of different lengths: such a node is searched
    /// from its beginning.</summary>
    public TreeShape WithShortInnerNodes() =>
        this with { InnerBytesMax = LeafBytesMax / 2, RootBytesMax = LeafBytesMax / 2 };

    /// <summary>The most bytes of a node at a level, in a tree of a height.</summary>
    public int BytesMax(int level, int height) =>
        level == height ? level == 0 ? RootLeafBytesMax : RootBytesMax
        : level == 0 ? LeafBytesMax : InnerBytesMax;
}
