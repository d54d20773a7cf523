using Hedge.Storage.Collections;
using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>How a step of an <see cref="ElementReader"/> has gone.</summary>
internal enum ReaderStep
{
    /// <summary>It has given the elements of a leaf.</summary>
    Given,

    /// <summary>It can go on when the core has read what the blocks want
    /// (<see cref="WindowBlocks.Reads"/>).</summary>
    NeedsReads,

    /// <summary>There are no more.</summary>
    Over,
}

/// <summary>Reads the elements of a walk, a leaf at a time. It holds buffers until it is disposed of. One
/// thread at a time.</summary>
internal abstract class ElementReader : IDisposable
{
    /// <summary>How many elements it has given.</summary>
    public long Given { get; protected set; }

    /// <summary>Gives the elements of the next leaf.</summary>
    /// <exception cref="IOException">The disk failed, or something is damaged.</exception>
    public abstract ReaderStep Next(IElementSink sink);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Gives all elements of a leaf; returns how many.</summary>
    protected static int GiveAll<TOrder, TParts>(ReadOnlySpan<byte> leaf, IElementSink sink)
        where TOrder : struct, IElementOrder
        where TParts : struct, IElementParts
    {
        int count = 0;
        for (int at = 0; at < leaf.Length; count++)
        {
            int length = TOrder.ElementLength(leaf[at..]);
            TParts.Give(leaf.Slice(at, length), sink);
            at += length;
        }

        return count;
    }
}
