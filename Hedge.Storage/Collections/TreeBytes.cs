using System.Buffers;
using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>Helpers for the bytes of nodes while a tree is changed.</summary>
internal static class TreeBytes
{
    /// <summary>A node that exists and has been read.</summary>
    public static ReadOnlySpan<byte> Get<TNodes>(TNodes nodes, uint node)
        where TNodes : struct, INodes
    {
        bool isThere = nodes.TryGet(node, out ReadOnlySpan<byte> bytes);
        Invariant.Check(isThere, "a node that is changed has been read");
        return bytes;
    }

    /// <summary>Gives an entry of an inner node another count.</summary>
    public static void SetCount<TNodes>(TNodes nodes, uint node, int entryAt, long count)
        where TNodes : struct, INodes
    {
        Invariant.Check(count is >= 0 and <= InnerEntry.CountMax, "a node's count is legal");
        Span<byte> number = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(number, (uint)count);
        nodes.Splice(node, entryAt + InnerEntry.CountAt, number.Length, number);
    }

    /// <summary>A copy in a pooled array, which the caller returns.</summary>
    public static byte[] Rent(ReadOnlySpan<byte> content, out int length) => Rent(content, 0, out length);

    /// <summary>A copy with room for more bytes, in a pooled array, which the caller returns.</summary>
    public static byte[] Rent(ReadOnlySpan<byte> content, int more, out int length)
    {
        length = content.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, length + more));
        content.CopyTo(rented);
        return rented;
    }
}
