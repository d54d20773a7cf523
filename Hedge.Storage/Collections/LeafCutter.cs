namespace Hedge.Storage.Collections;

/// <summary>Decides where to cut the content of a leaf that has become too long.</summary>
/// <param name="bytesMax">The most bytes of a piece that has more than one element.</param>
internal readonly struct LeafCutter<TOrder>(int bytesMax)
    where TOrder : struct, IElementOrder
{
    /// <summary>Cuts the content. A leaf of one element stays whole.</summary>
    /// <param name="content">All elements.</param>
    /// <param name="first">The place of the first cut; -1 for the middle.</param>
    /// <param name="ends">Gets the pieces' ends.</param>
    /// <returns>How many pieces.</returns>
    public int Cut(ReadOnlySpan<byte> content, int first, Span<int> ends)
    {
        int count = 0;
        if (first > 0)
        {
            AddPieces(content, 0, first, ends, ref count);
            AddPieces(content, first, content.Length, ends, ref count);
        }
        else
        {
            AddPieces(content, 0, content.Length, ends, ref count);
        }

        return count;
    }

    private void AddPieces(ReadOnlySpan<byte> content, int from, int to, Span<int> ends, ref int count)
    {
        ReadOnlySpan<byte> piece = content[from..to];
        int cut = piece.Length <= bytesMax ? 0 : Middle(piece);
        if (cut == 0)
        {
            ends[count++] = to;
            return;
        }

        AddPieces(content, from, from + cut, ends, ref count);
        AddPieces(content, from + cut, to, ends, ref count);
    }

    // The place between two elements that is nearest to the middle; 0 when there is only one element.
    private static int Middle(ReadOnlySpan<byte> content)
    {
        int best = 0;
        for (int at = TOrder.ElementLength(content); at < content.Length;
            at += TOrder.ElementLength(content[at..]))
            if (Math.Abs(content.Length - (2L * at)) < Math.Abs(content.Length - (2L * best))) best = at;
        return best;
    }
}
