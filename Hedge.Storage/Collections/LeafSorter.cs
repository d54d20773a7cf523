using System.Buffers;

namespace Hedge.Storage.Collections;

/// <summary>Sorts the elements of an unsorted leaf before it is cut.</summary>
internal static class LeafSorter<TOrder>
    where TOrder : struct, IElementOrder
{
    /// <summary>Sorts them by their hashes.</summary>
    public static void Sort(Span<byte> content, ulong seed)
    {
        int count = 0;
        for (int at = 0; at < content.Length; count++) at += TOrder.ElementLength(content[at..]);
        ulong[] keys = ArrayPool<ulong>.Shared.Rent(count);
        (int Start, int Length)[] places = ArrayPool<(int, int)>.Shared.Rent(count);
        byte[] copy = ArrayPool<byte>.Shared.Rent(content.Length);
        content.CopyTo(copy);
        for (int i = 0, at = 0; i < count; i++)
        {
            int length = TOrder.ElementLength(content[at..]);
            keys[i] = TOrder.KeyOf(content[at..], seed).High;
            places[i] = (at, length);
            at += length;
        }

        Array.Sort(keys, places, 0, count);
        for (int i = 0, at = 0; i < count; i++)
        {
            copy.AsSpan(places[i].Start, places[i].Length).CopyTo(content[at..]);
            at += places[i].Length;
        }

        ArrayPool<byte>.Shared.Return(copy);
        ArrayPool<(int, int)>.Shared.Return(places);
        ArrayPool<ulong>.Shared.Return(keys);
    }
}
