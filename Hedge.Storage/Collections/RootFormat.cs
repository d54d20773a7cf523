using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>
/// The value of a collection's own record: its root.
/// <code>
/// root  := form [ earliest:u64 ] leaf                             form 1: all elements are here
///        | form height:u8 collection:u64 last:u32 seed:u64 [ earliest:u64 ] body
///                                                                 form 2; little-endian
///        | form height:u8 … seed:u64 head body tail               form 3: RootEnds
/// form  := the form in the low three bits, 8 when <c>earliest</c> is there, the encoding that OBJECT
///          ENCODING tells in the high four bits
/// </code>
/// <c>last</c> is the highest number of a node that the collection ever had. The hashes of its elements begin
/// with <c>seed</c>, which a copy of the collection keeps. The body is a leaf when the height is 0, otherwise
/// an inner node. A hash that has fields with a time to live has <c>earliest</c>: no field expires before it.
/// </summary>
internal static class RootFormat
{
    /// <summary>The root of a collection without nodes.</summary>
    public const byte Small = 1;

    /// <summary>The root of a collection with nodes.</summary>
    public const byte Large = 2;

    /// <summary>The root of a list or stream whose ends stand in it; it may have no nodes.</summary>
    public const byte WithEnds = 3;

    /// <summary>Bytes before the body of a small root without times.</summary>
    public const int SmallBytes = 1;

    /// <summary>Bytes before the body of a large root without times.</summary>
    public const int LargeBytes = 22;

    /// <summary>Bytes of the earliest time of a field.</summary>
    public const int EarliestBytes = sizeof(long);

    /// <summary>The offset of the height.</summary>
    public const int HeightAt = 1;

    /// <summary>The offset of the highest node number.</summary>
    public const int LastAt = 10;

    /// <summary>The most that an encoding may be.</summary>
    public const int EncodingMax = 15;

    /// <summary>The offset of the collection's number.</summary>
    public const int CollectionAt = 2;

    /// <summary>The most bytes before the body of a root.</summary>
    public const int HeadBytesMax = LargeBytes + EarliestBytes;

    private const int SeedAt = 14;
    private const int EntryBytesUsual = 8;
    private const int EntriesUsual = 128;
    private const int EncodingShift = 4;
    private const int FormMask = 7;

    // Its value is the number of bytes that it adds.
    private const int Timed = EarliestBytes;

    /// <summary>True for a root without nodes.</summary>
    public static bool IsSmall(ReadOnlySpan<byte> root) => Form(root) == Small;

    /// <summary>The root's form.</summary>
    public static byte Form(ReadOnlySpan<byte> root) => (byte)(root[0] & FormMask);

    /// <summary>How OBJECT ENCODING shows the collection: a number that its type gives a meaning.</summary>
    public static int Encoding(ReadOnlySpan<byte> root) => root[0] >> EncodingShift;

    /// <summary>The first byte of a root without times.</summary>
    public static byte First(byte form, int encoding) => (byte)(form | (encoding << EncodingShift));

    /// <summary>The first byte of a root that is to have another encoding.</summary>
    public static byte WithEncoding(ReadOnlySpan<byte> root, int encoding) =>
        First((byte)(root[0] & (FormMask | Timed)), encoding);

    /// <summary>The offset of the body.</summary>
    public static int BodyAt(ReadOnlySpan<byte> root) =>
        Form(root) == WithEnds ? new RootEnds(root).BodyAt : HeadBytes(root) + (root[0] & Timed);

    /// <summary>The root's own node: a leaf when the height is 0, otherwise an inner node.</summary>
    public static ReadOnlySpan<byte> Body(ReadOnlySpan<byte> root) =>
        Form(root) == WithEnds ? new RootEnds(root).Body : root[BodyAt(root)..];

    /// <summary>True for a hash that has fields with a time to live, or had some not long ago.</summary>
    public static bool IsTimed(ReadOnlySpan<byte> root) => (root[0] & Timed) != 0;

    /// <summary>A time before which no field expires, Unix milliseconds; 0 when none does, or when the root
    /// was not read.</summary>
    public static long Earliest(ReadOnlySpan<byte> root) => root.IsEmpty || !IsTimed(root) ? 0
        : BinaryPrimitives.ReadInt64LittleEndian(root[HeadBytes(root)..]);

    /// <summary>True for a hash that may have fields that have expired.</summary>
    public static bool MayHaveDue(ReadOnlySpan<byte> root, long now) =>
        !root.IsEmpty && IsTimed(root) && Earliest(root) <= now;

    /// <summary>Bytes before the earliest time or, without one, before the body.</summary>
    public static int HeadBytes(ReadOnlySpan<byte> root) => IsSmall(root) ? SmallBytes : LargeBytes;

    /// <summary>Writes a root's bytes before the body as they are with another earliest time, 0 for
    /// none.</summary>
    /// <returns>How many bytes they are.</returns>
    public static int WriteHead(ReadOnlySpan<byte> root, long earliest, Span<byte> target)
    {
        int head = HeadBytes(root);
        root[..head].CopyTo(target);
        if (earliest == 0)
        {
            target[0] = (byte)(root[0] & ~Timed);
            return head;
        }

        target[0] = (byte)(root[0] | Timed);
        BinaryPrimitives.WriteInt64LittleEndian(target[head..], earliest);
        return head + EarliestBytes;
    }

    /// <summary>The levels above the leaves.</summary>
    public static int Height(ReadOnlySpan<byte> root) => IsSmall(root) ? 0 : root[HeightAt];

    /// <summary>The collection's number; 0 while it has no nodes, or when it was not read.</summary>
    public static ulong Collection(ReadOnlySpan<byte> root) =>
        root.IsEmpty || IsSmall(root) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(root[CollectionAt..]);

    /// <summary>The highest node number so far.</summary>
    public static uint Last(ReadOnlySpan<byte> root) =>
        IsSmall(root) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(root[LastAt..]);

    /// <summary>What the hashes of the elements begin with, but for the data directory's part; 0 while it has
    /// no nodes.</summary>
    public static ulong Seed(ReadOnlySpan<byte> root) =>
        IsSmall(root) ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(root[SeedAt..]);

    /// <summary>Gives a large root another collection's number.</summary>
    public static void SetCollection(Span<byte> root, ulong collection) =>
        BinaryPrimitives.WriteUInt64LittleEndian(root[CollectionAt..], collection);

    /// <summary>About how many nodes a collection with nodes has, by its root alone: no more than it ever
    /// had, and no more than fit beneath the root's entries.</summary>
    public static long NodesAbout(ReadOnlySpan<byte> root)
    {
        long level = Math.Max(1, Body(root).Length / EntryBytesUsual);
        long nodes = 0;
        int levels = Math.Max(1, Height(root));
        for (int i = 0; i < levels && nodes < Last(root); i++, level *= EntriesUsual) nodes += level;
        return Math.Min(nodes, Last(root));
    }

    /// <summary>Writes the bytes before the body of a large root without times.</summary>
    public static void WriteLarge(Span<byte> target, int encoding, ulong collection, uint last)
    {
        target[0] = First(Large, encoding);
        target[HeightAt] = 0;
        WriteNumbers(target[CollectionAt..], collection, last);
    }

    /// <summary>Writes a new collection's number, node number and seed, which stand one after the
    /// other.</summary>
    public static void WriteNumbers(Span<byte> target, ulong collection, uint last) =>
        WriteNumbers(target, collection, last, collection);

    /// <summary>The same for elements that have been put in order with another seed.</summary>
    public static void WriteNumbers(Span<byte> target, ulong collection, uint last, ulong seed)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, collection);
        BinaryPrimitives.WriteUInt32LittleEndian(target[(LastAt - CollectionAt)..], last);
        BinaryPrimitives.WriteUInt64LittleEndian(target[(SeedAt - CollectionAt)..], seed);
    }

    /// <summary>Writes what takes the place of a small root's first byte when it gets nodes.</summary>
    public static void WriteLarge(Span<byte> target, ReadOnlySpan<byte> small, ulong collection, uint last)
    {
        WriteLarge(target, Encoding(small), collection, last);
        target[0] |= (byte)(small[0] & Timed);
    }
}
