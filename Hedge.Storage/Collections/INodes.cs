namespace Hedge.Storage.Collections;

/// <summary>
/// The nodes of one collection's tree: numbered byte strings. Number 0 is the root, which always exists. A
/// returned span is valid until the next change.
/// </summary>
internal interface INodes
{
    /// <summary>The levels of inner nodes above the leaves; 0 while the root is the only leaf.</summary>
    int Height { get; }

    /// <summary>What the hashes of the collection's elements begin with; known once it has nodes.</summary>
    ulong Seed { get; }

    /// <summary>Sets the height.</summary>
    void SetHeight(int height);

    /// <summary>Reads a node. False when it must be read from disk first; then the read is requested, and
    /// the command runs again. Must not be called after a change.</summary>
    bool TryGet(uint node, out ReadOnlySpan<byte> bytes);

    /// <summary>Reads a node if it is in memory, and requests no read.</summary>
    bool TryPeek(uint node, out ReadOnlySpan<byte> bytes);

    /// <summary>Replaces some bytes of a node that this run of the command has read.</summary>
    /// <param name="node">The node.</param>
    /// <param name="offset">Where.</param>
    /// <param name="removed">How many bytes go.</param>
    /// <param name="inserted">The new bytes; not a part of a node.</param>
    void Splice(uint node, int offset, int removed, ReadOnlySpan<byte> inserted);

    /// <summary>Makes a node with a number that was never used.</summary>
    uint Create(ReadOnlySpan<byte> bytes);

    /// <summary>Removes a node. It need not have been read.</summary>
    void Remove(uint node);
}
