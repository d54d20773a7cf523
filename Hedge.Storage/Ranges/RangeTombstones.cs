using System.Buffers.Binary;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Ranges;

/// <summary>
/// The ranges of keys that a generation, and then its run, removes from everything older. They do not
/// remove its own entries. Either one thread writes, or any number read.
/// </summary>
/// <remarks>
/// <code>
/// tombstones = covered:u32 uncounted:u32 range{covered} range{uncounted}
/// range      = fromBytes:u32 toBytes:u32 from to       ; internal keys, `to` is the first one behind it
/// </code>
/// The ranges of each kind ascend and do not touch each other.
/// </remarks>
internal sealed class RangeTombstones
{
    private const int HeaderBytes = 8;
    private const int RangeBytes = 8;

    /// <summary>No tombstones. Must not be changed.</summary>
    public static RangeTombstones None { get; } = new();

    /// <summary>The keys that are removed from everything older.</summary>
    public KeyRanges Covered { get; private init; } = new();

    /// <summary>The part of these ranges whose keys are not counted yet: the live keys in everything older,
    /// without those that have an entry in this run or generation.</summary>
    public KeyRanges Uncounted { get; private init; } = new();

    /// <summary>True when there are none.</summary>
    public bool IsEmpty => Covered.Count == 0;

    /// <summary>Removes a range now.</summary>
    public void Delete(KeyRange range)
    {
        KeyRanges fresh = new();
        fresh.Add(range);
        fresh.Remove(Covered);
        Uncounted.Add(fresh);
        Covered.Add(range);
    }

    /// <summary>Removes a range that holds nodes and no keys, so that nothing must be counted.</summary>
    public void Bury(KeyRange range) => Covered.Add(range);

    /// <summary>Adds the tombstones of the next newer run, for a merge of both. When two cover a key, the
    /// older one counts it: the newer one finds nothing beneath.</summary>
    public void AddNewer(RangeTombstones newer, bool isCounted)
    {
        if (newer.IsEmpty) return;
        if (!isCounted)
        {
            KeyRanges fresh = newer.Uncounted.Copy();
            fresh.Remove(Covered);
            Uncounted.Add(fresh);
        }

        Covered.Add(newer.Covered);
    }

    /// <summary>Forgets the tombstones of keyspaces that are not live.</summary>
    public void Keep(Func<uint, bool> isLive)
    {
        Covered.Keep(isLive);
        Uncounted.Keep(isLive);
    }

    /// <summary>Bytes that <see cref="Write"/> takes; 0 when there are none.</summary>
    public long Measure() => IsEmpty
        ? 0
        : HeaderBytes + (RangeBytes * (long)(Covered.Count + Uncounted.Count))
            + Covered.Bytes + Uncounted.Bytes;

    /// <summary>Writes them.</summary>
    public void Write(Span<byte> destination)
    {
        if (IsEmpty) return;
        BinaryPrimitives.WriteInt32LittleEndian(destination, Covered.Count);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], Uncounted.Count);
        destination = destination[HeaderBytes..];
        WriteRanges(Covered, ref destination);
        WriteRanges(Uncounted, ref destination);
    }

    /// <summary>Reads them; null when the bytes do not fit together.</summary>
    public static RangeTombstones? Read(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty) return None;
        if (source.Length < HeaderBytes) return null;
        int covered = BinaryPrimitives.ReadInt32LittleEndian(source);
        int uncounted = BinaryPrimitives.ReadInt32LittleEndian(source[4..]);
        source = source[HeaderBytes..];
        RangeTombstones tombstones = new();
        bool isWhole = TryRead(ref source, covered, tombstones.Covered)
            && TryRead(ref source, uncounted, tombstones.Uncounted) && source.IsEmpty;
        return isWhole ? tombstones : null;
    }

    private static void WriteRanges(KeyRanges ranges, ref Span<byte> destination)
    {
        for (int i = 0; i < ranges.Count; i++)
        {
            KeyRange range = ranges[i];
            BinaryPrimitives.WriteInt32LittleEndian(destination, range.From.Length);
            BinaryPrimitives.WriteInt32LittleEndian(destination[4..], range.To.Length);
            range.From.Span.CopyTo(destination[RangeBytes..]);
            range.To.Span.CopyTo(destination[(RangeBytes + range.From.Length)..]);
            destination = destination[(RangeBytes + range.From.Length + range.To.Length)..];
        }
    }

    private static bool TryRead(ref ReadOnlySpan<byte> source, int count, KeyRanges ranges)
    {
        for (int i = 0; i < count; i++)
        {
            if (source.Length < RangeBytes) return false;
            int from = BinaryPrimitives.ReadInt32LittleEndian(source);
            int to = BinaryPrimitives.ReadInt32LittleEndian(source[4..]);
            source = source[RangeBytes..];
            bool isWhole = from is >= InternalKey.PrefixBytes and <= InternalKey.BytesMax
                && to is >= InternalKey.PrefixBytes and <= InternalKey.BytesMax && from + to <= source.Length;
            if (!isWhole) return false;
            KeyRange range = new(source[..from].ToArray(), source.Slice(from, to).ToArray());
            if (range.IsEmpty) return false;
            ranges.Add(range);
            source = source[(from + to)..];
        }

        return ranges.Count == count;
    }
}
