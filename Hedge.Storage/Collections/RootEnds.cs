using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// The ends of a list or a stream in its root (<see cref="RootFormat"/>). In a root of the form
/// <see cref="RootFormat.WithEnds"/>, the first and the last elements stand in the root itself, so that what
/// is added and removed there changes one record; the others are in the tree between them.
/// <code>
/// root    := form height:u8 collection:u64 last:u32 seed:u64 numbers head body tail numbers
/// numbers := count:u32 length:u32
/// </code>
/// Head and tail are elements as in a leaf; their numbers and lengths in bytes stand at the outside. A stream
/// has no head. The collection's number is 0 while it has no nodes.
/// </summary>
/// <param name="root">A root of any form.</param>
internal readonly ref struct RootEnds(ReadOnlySpan<byte> root)
{
    /// <summary>The offset of the head's numbers.</summary>
    public const int HeadNumbersAt = RootFormat.LargeBytes;

    /// <summary>The bytes of an end's numbers: the count and the length.</summary>
    public const int NumbersBytes = 8;

    /// <summary>Where the head begins in a root with ends.</summary>
    public const int HeadAt = HeadNumbersAt + NumbersBytes;

    private const int LengthAt = 4;
    private readonly ReadOnlySpan<byte> _root = root;

    /// <summary>True when the root has the ends; false for an absent or small collection, and for one of an
    /// older build.</summary>
    public bool IsThere => RootFormat.Form(_root) == RootFormat.WithEnds;

    /// <summary>The elements before the tree's.</summary>
    public ReadOnlySpan<byte> Head => IsThere ? _root.Slice(HeadAt, HeadLength) : default;

    /// <summary>How many those are.</summary>
    public int HeadCount => IsThere ? Number(HeadNumbersAt) : 0;

    /// <summary>The elements behind the tree's.</summary>
    public ReadOnlySpan<byte> Tail => IsThere ? _root.Slice(TailAt, TailLength) : default;

    /// <summary>How many those are.</summary>
    public int TailCount => IsThere ? Number(TailNumbersAt) : 0;

    /// <summary>The elements of one of the ends.</summary>
    public ReadOnlySpan<byte> End(bool isHead) => isHead ? Head : Tail;

    /// <summary>How many those are.</summary>
    public int CountOf(bool isHead) => isHead ? HeadCount : TailCount;

    /// <summary>The tree's root, in a root with ends.</summary>
    public ReadOnlySpan<byte> Body => _root[BodyAt..TailAt];

    /// <summary>Where the body begins in a root with ends.</summary>
    public int BodyAt => HeadAt + HeadLength;

    /// <summary>Where the tail begins in a root with ends.</summary>
    public int TailAt => TailNumbersAt - TailLength;

    /// <summary>Where the tail's numbers begin in a root with ends.</summary>
    public int TailNumbersAt => _root.Length - NumbersBytes;

    private int HeadLength => Number(HeadNumbersAt + LengthAt);

    private int TailLength => Number(TailNumbersAt + LengthAt);

    /// <summary>Writes an end's numbers.</summary>
    public static void WriteNumbers(Span<byte> target, int count, int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, count);
        BinaryPrimitives.WriteInt32LittleEndian(target[LengthAt..], length);
    }

    private int Number(int at) => BinaryPrimitives.ReadInt32LittleEndian(_root[at..]);
}
