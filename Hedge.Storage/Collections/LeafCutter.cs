namespace Hedge.Storage.Collections;

/// <summary>Decides where the content of a leaf that has become too long is cut.</summary>
/// <param name="bytesMax">How long a piece may be, if it has elements that can be told apart.</param>
/// <param name="seed">What the collection's hashes begin with.</param>
internal readonly struct LeafCutter<TOrder>(int bytesMax, ulong seed)
    where TOrder : struct, IElementOrder
{
    /// <summary>Cuts; a leaf whose elements cannot be told apart stays whole.</summary>
    /// <param name="content">All elements.</param>
    /// <param name="first">Where the first cut is; -1 for the middle.</param>
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

    // The place between two elements that is nearest to the middle; 0 when there is none. Elements with the
    // same hash are not told apart.
    private int Middle(ReadOnlySpan<byte> content)
    {
        int best = 0;
        int before = 0;
        for (int at = TOrder.ElementLength(content); at < content.Length;
            at += TOrder.ElementLength(content[at..]))
        {
            bool isNearer = Math.Abs(content.Length - (2L * at)) < Math.Abs(content.Length - (2L * best));
            if (isNearer && IsApart(content[before..], content[at..])) best = at;
            before = at;
        }

        return best;
    }

    private bool IsApart(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after) =>
        !TOrder.HasKeys || TOrder.IsSorted
        || TOrder.KeyOf(before, seed).High != TOrder.KeyOf(after, seed).High;
}
