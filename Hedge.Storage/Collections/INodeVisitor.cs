namespace Hedge.Storage.Collections;

/// <summary>Is shown the nodes of a tree.</summary>
internal interface INodeVisitor
{
    /// <summary>One node.</summary>
    void Visit(uint node, ReadOnlySpan<byte> bytes);
}
