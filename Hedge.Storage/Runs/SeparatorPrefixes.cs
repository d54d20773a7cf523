using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>
/// Eight bytes of every separator of a block index, each as one number. A search compares numbers, and
/// nearly always at most one separator. Any thread, once it is read.
/// </summary>
/// <remarks>
/// The separators of one keyspace are a section. Its numbers are the bytes after the section's common
/// prefix, filled up with zeros. So a separator that is not above a key has a number that is not above the
/// key's. The first block's empty separator has the number 0.
/// </remarks>
internal sealed unsafe class SeparatorPrefixes : IDisposable
{
    private const int Bytes = sizeof(ulong);
    private const int GroupLength = 16;
    private const int CacheLineBytes = 64;

    private readonly List<Section> _sections = [];

    // SAFETY: a number per block in the buffer, and after them every sixteenth number again, so close
    // together that they stay in the processor's cache. The buffer lives until Dispose, and so does the
    // index, whose entries are prefetched only.
    private PageBuffer? _buffer;
    private ulong* _numbers;
    private ulong* _tops;
    private byte* _entries;

    /// <summary>Bytes of native memory held.</summary>
    public long ResidentBytes => _buffer?.Capacity ?? 0;

    /// <summary>Reads the separators of an index. Call it once, before any search.</summary>
    public void Read(RunIndex index)
    {
        long tops = (index.Blocks + GroupLength - 1) / GroupLength;
        _buffer = new PageBuffer((index.Blocks + tops) * Bytes);
        _numbers = (ulong*)_buffer.Pointer;
        _tops = _numbers + index.Blocks;
        _entries = index.Entries;
        for (long first = 0, end; first < index.Blocks; first = end)
        {
            uint keyspace = KeyspaceOf(index.Separator(first));
            end = first + 1;
            while (end < index.Blocks && KeyspaceOf(index.Separator(end)) == keyspace) end++;
            long named = first == 0 && end > 1 ? 1 : first;
            ReadOnlySpan<byte> lowest = index.Separator(named);
            byte[] common = lowest[..lowest.CommonPrefixLength(index.Separator(end - 1))].ToArray();
            _sections.Add(new Section(keyspace, first, end, common));
            for (long i = first; i < end; i++)
                _numbers[i] = i == 0 ? 0 : NumberOf(index.Separator(i)[common.Length..]);
        }

        for (long i = 0; i < tops; i++) _tops[i] = _numbers[i * GroupLength];
    }

    /// <summary>Finds the range of blocks, at least one, that contains the last block whose separator is
    /// not above the key.</summary>
    public (long Low, long High) Narrow(ReadOnlySpan<byte> key)
    {
        Section section = SectionOf(key);
        long last = section.End - 1;
        long before = Math.Max(0, section.First - 1);
        int order = Order(key, section);
        if (order > 0) return (last, last);
        if (order < 0) return (before, before);
        ulong number = NumberOf(key[section.Common.Length..]);
        long above = CountUpTo(section, number);
        if (above == section.First) return (before, before);
        if (_numbers[above - 1] != number) return (above - 1, above - 1);
        // Separators with the key's own number must be compared in full. The block before them is possible
        // too.
        long equal = number == 0 ? section.First : CountUpTo(section, number - 1);
        return (Math.Max(0, equal - 1), above - 1);
    }

    /// <summary>Begins to load the memory that <see cref="Narrow"/> reads last, and the index's entries
    /// there, into the processor's cache.</summary>
    public void Prefetch(ReadOnlySpan<byte> key)
    {
        Section section = SectionOf(key);
        if (Order(key, section) != 0) return;
        (long low, long high) = GroupOf(section, NumberOf(key[section.Common.Length..]));
        Prefetch((byte*)(_numbers + low), (byte*)(_numbers + high));
        Prefetch(_entries + low * RunFormat.IndexEntryBytes, _entries + high * RunFormat.IndexEntryBytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer?.Dispose();

    private static uint KeyspaceOf(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(uint)) return BinaryPrimitives.ReadUInt32BigEndian(key);
        return (uint)(NumberOf(key) >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NumberOf(ReadOnlySpan<byte> key)
    {
        if (key.Length >= Bytes) return BinaryPrimitives.ReadUInt64BigEndian(key);
        ulong number = 0;
        for (int i = 0; i < key.Length; i++) number |= (ulong)key[i] << (8 * (Bytes - 1 - i));
        return number;
    }

    // The section of the key's keyspace, or the last one below it.
    private Section SectionOf(ReadOnlySpan<byte> key)
    {
        uint keyspace = KeyspaceOf(key);
        int at = _sections.Count - 1;
        while (at > 0 && _sections[at].Keyspace > keyspace) at--;
        return _sections[at];
    }

    // 0 when the key has the section's common prefix; otherwise the sign says whether it is below or above.
    private static int Order(ReadOnlySpan<byte> key, in Section section)
    {
        if (section.Keyspace != KeyspaceOf(key)) return 1;
        return key[..Math.Min(key.Length, section.Common.Length)].SequenceCompareTo(section.Common);
    }

    // The position after the last number of the section that is not above this one.
    private long CountUpTo(in Section section, ulong number)
    {
        (long low, long high) = GroupOf(section, number);
        return low + CountUpTo(_numbers + low, high - low, number);
    }

    // The range that contains that position: Low to High, at most sixteen numbers.
    private (long Low, long High) GroupOf(in Section section, ulong number)
    {
        long firstTop = (section.First + GroupLength - 1) / GroupLength;
        long topCount = (section.End + GroupLength - 1) / GroupLength - firstTop;
        long groups = CountUpTo(_tops + firstTop, topCount, number);
        long low = groups == 0 ? section.First : (firstTop + groups - 1) * GroupLength;
        long high = groups == topCount ? section.End : (firstTop + groups) * GroupLength;
        return (low, high);
    }

    // Counts how many of these ascending numbers are not above this one, without branches that could be
    // mispredicted.
    private static long CountUpTo(ulong* first, long length, ulong number)
    {
        if (length == 0) return 0;
        ulong* start = first;
        while (length > 1)
        {
            long half = length >> 1;
            first += half & -IsUpTo(first[half - 1], number);
            length -= half;
        }

        return first - start + IsUpTo(*first, number);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long IsUpTo(ulong one, ulong other) => Unsafe.BitCast<bool, byte>(one <= other);

    private static void Prefetch(byte* start, byte* end)
    {
        if (!Sse.IsSupported) return;
        for (byte* at = start; at < end; at += CacheLineBytes) Sse.Prefetch0(at);
    }

    private readonly record struct Section(uint Keyspace, long First, long End, byte[] Common);
}
