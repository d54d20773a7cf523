using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hedge.Storage.Runs;

/// <summary>
/// Eight bytes of every separator of a block index as one number each: a search compares numbers, and nearly
/// always one separator at most. Any thread, once read.
/// </summary>
/// <remarks>
/// The separators of one keyspace are a section. Its numbers are the bytes behind what all its separators
/// have in common, filled up with zeros: a separator that is not above a key has a number that is not above
/// the key's. The first block's empty separator has the number 0.
/// </remarks>
internal sealed unsafe class SeparatorPrefixes : IDisposable
{
    private const int Bytes = sizeof(ulong);

    private readonly List<Section> _sections = [];

    // SAFETY: a number per block in the buffer, which lives until Dispose.
    private PageBuffer? _buffer;
    private ulong* _numbers;

    /// <summary>Bytes of native memory held.</summary>
    public long ResidentBytes => _buffer?.Capacity ?? 0;

    /// <summary>Reads the separators of an index; once, before anything is asked.</summary>
    public void Read(RunIndex index)
    {
        _buffer = new PageBuffer(index.Blocks * Bytes);
        _numbers = (ulong*)_buffer.Pointer;
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
    }

    /// <summary>The blocks, at least one, among which the last whose separator is not above the key
    /// is.</summary>
    public (long Low, long High) Narrow(ReadOnlySpan<byte> key)
    {
        uint keyspace = KeyspaceOf(key);
        int at = _sections.Count - 1;
        while (at > 0 && _sections[at].Keyspace > keyspace) at--;
        Section section = _sections[at];
        long last = section.End - 1;
        if (section.Keyspace != keyspace) return (last, last);

        long before = Math.Max(0, section.First - 1);
        byte[] common = section.Common;
        int order = key[..Math.Min(key.Length, common.Length)].SequenceCompareTo(common);
        if (order < 0) return (before, before);
        if (order > 0) return (last, last);
        ulong number = NumberOf(key[common.Length..]);
        long above = CountUpTo(section, number);
        if (above == section.First) return (before, before);
        if (_numbers[above - 1] != number) return (above - 1, above - 1);
        // Separators with the key's own number must be compared whole; the block before them is possible too.
        long equal = number == 0 ? section.First : CountUpTo(section, number - 1);
        return (Math.Max(0, equal - 1), above - 1);
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

    // The position after the last number of the section that is not above this one. Without branches to
    // mispredict.
    private long CountUpTo(in Section section, ulong number)
    {
        ulong* first = _numbers + section.First;
        long length = section.End - section.First;
        while (length > 1)
        {
            long half = length >> 1;
            first += first[half - 1] <= number ? half : 0;
            length -= half;
        }

        return first - _numbers + (*first <= number ? 1 : 0);
    }

    private readonly record struct Section(uint Keyspace, long First, long End, byte[] Common);
}
