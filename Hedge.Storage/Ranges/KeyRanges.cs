using Hedge.Storage.Keys;

namespace Hedge.Storage.Ranges;

/// <summary>Keys from one internal key (<see cref="InternalKey"/>) up to but excluding another.</summary>
internal readonly record struct KeyRange(ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> To)
{
    /// <summary>The range of a keyspace's keys.</summary>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="from">The first user key.</param>
    /// <param name="to">The first user key after the range; empty for the keyspace's end.</param>
    public static KeyRange Of(uint keyspace, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        byte[] first = new byte[InternalKey.PrefixBytes + from.Length];
        InternalKey.Write(first, keyspace, from);
        byte[] end = new byte[InternalKey.PrefixBytes + to.Length];
        InternalKey.Write(end, to.IsEmpty ? keyspace + 1 : keyspace, to);
        return new KeyRange(first, end);
    }

    /// <summary>The range of a keyspace's keys that begin with a prefix. It ends at the prefix with its last
    /// byte that is not 0xFF increased by one.</summary>
    public static KeyRange OfPrefix(uint keyspace, ReadOnlySpan<byte> prefix)
    {
        byte[] first = new byte[InternalKey.PrefixBytes + prefix.Length];
        InternalKey.Write(first, keyspace, prefix);
        byte[] end = first[..(first.AsSpan().LastIndexOfAnyExcept((byte)0xFF) + 1)];
        end[^1]++;
        return new KeyRange(first, end);
    }

    /// <summary>The keyspace of its keys.</summary>
    public uint Keyspace => InternalKey.Keyspace(From.Span);

    /// <summary>True when no key can be in the range.</summary>
    public bool IsEmpty => From.Span.SequenceCompareTo(To.Span) >= 0;

    /// <summary>True when the key is in the range.</summary>
    public bool Contains(ReadOnlySpan<byte> key) =>
        From.Span.SequenceCompareTo(key) <= 0 && key.SequenceCompareTo(To.Span) < 0;
}

/// <summary>A set of internal keys, as ascending ranges that do not touch each other. Either one thread
/// writes, or any number read.</summary>
internal sealed class KeyRanges
{
    private readonly List<KeyRange> _ranges = [];

    /// <summary>Number of ranges.</summary>
    public int Count => _ranges.Count;

    /// <summary>Bytes of the ranges' ends.</summary>
    public long Bytes { get; private set; }

    /// <summary>The ranges, ascending.</summary>
    public KeyRange this[int index] => _ranges[index];

    /// <summary>True for a key in the set.</summary>
    public bool Covers(ReadOnlySpan<byte> key) => Find(key) >= 0;

    /// <summary>The index of the range that a key is in; -1 for none.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        int index = EndsAfter(key);
        return index < _ranges.Count && _ranges[index].Contains(key) ? index : -1;
    }

    /// <summary>Number of ranges of a keyspace.</summary>
    public int CountOf(uint keyspace)
    {
        int count = 0;
        foreach (KeyRange range in _ranges)
            if (range.Keyspace == keyspace) count++;
        return count;
    }

    /// <summary>Adds the keys of a range.</summary>
    public void Add(KeyRange range)
    {
        if (range.IsEmpty) return;
        // A range that ends where the new one begins is joined too.
        int first = EndsAfter(range.From.Span);
        if (first > 0 && _ranges[first - 1].To.Span.SequenceEqual(range.From.Span)) first--;
        int end = first;
        while (end < _ranges.Count && _ranges[end].From.Span.SequenceCompareTo(range.To.Span) <= 0) end++;
        if (end > first)
        {
            ReadOnlyMemory<byte> to = Upper(_ranges[end - 1].To, range.To);
            range = new KeyRange(Lower(_ranges[first].From, range.From), to);
            RemoveAt(first, end - first);
        }

        InsertAt(first, range);
    }

    /// <summary>Adds the keys of another set.</summary>
    public void Add(KeyRanges other)
    {
        foreach (KeyRange range in other._ranges) Add(range);
    }

    /// <summary>Takes the keys of a range out.</summary>
    public void Remove(KeyRange range)
    {
        if (range.IsEmpty) return;
        int first = EndsAfter(range.From.Span);
        int end = first;
        while (end < _ranges.Count && _ranges[end].From.Span.SequenceCompareTo(range.To.Span) < 0) end++;
        if (end == first) return;
        KeyRange below = new(_ranges[first].From, range.From);
        KeyRange above = new(range.To, _ranges[end - 1].To);
        RemoveAt(first, end - first);
        if (!above.IsEmpty) InsertAt(first, above);
        if (!below.IsEmpty) InsertAt(first, below);
    }

    /// <summary>Takes the keys of another set out.</summary>
    public void Remove(KeyRanges other)
    {
        foreach (KeyRange range in other._ranges) Remove(range);
    }

    /// <summary>Removes the ranges of keyspaces that are not live.</summary>
    public void Keep(Func<uint, bool> isLive)
    {
        for (int i = _ranges.Count - 1; i >= 0; i--)
            if (!isLive(_ranges[i].Keyspace)) RemoveAt(i, 1);
    }

    /// <summary>A set of its own with the same keys.</summary>
    public KeyRanges Copy()
    {
        KeyRanges copy = new() { Bytes = Bytes };
        copy._ranges.AddRange(_ranges);
        return copy;
    }

    private static ReadOnlyMemory<byte> Lower(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) =>
        left.Span.SequenceCompareTo(right.Span) <= 0 ? left : right;

    private static ReadOnlyMemory<byte> Upper(ReadOnlyMemory<byte> left, ReadOnlyMemory<byte> right) =>
        left.Span.SequenceCompareTo(right.Span) >= 0 ? left : right;

    // The first range that ends after a key.
    private int EndsAfter(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_ranges[middle].To.Span.SequenceCompareTo(key) <= 0) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private void InsertAt(int index, KeyRange range)
    {
        _ranges.Insert(index, range);
        Bytes += range.From.Length + range.To.Length;
    }

    private void RemoveAt(int index, int count)
    {
        foreach (KeyRange range in _ranges.Slice(index, count)) Bytes -= range.From.Length + range.To.Length;
        _ranges.RemoveRange(index, count);
    }
}
