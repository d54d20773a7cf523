using System.Buffers.Binary;
using System.Buffers.Text;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Storage.CollectionFiles;

/// <summary>Checks what the elements of a file say. They are whole.</summary>
internal interface IElementCheck
{
    /// <summary>False when the element cannot be.</summary>
    bool IsRight(ReadOnlySpan<byte> element);
}

/// <summary>
/// Says whether two trees, or two parts of one, hold the same pairs of a name and a number, with little
/// memory: it adds up hashes of those of one side and takes away those of the other. Whoever made the file
/// does not know the seed.
/// </summary>
internal sealed class PairSum(ulong seed)
{
    private ulong _sum;

    /// <summary>True when both sides have had the same pairs.</summary>
    public bool IsEven => _sum == 0;

    /// <summary>A pair of one side.</summary>
    public void Add(ReadOnlySpan<byte> name, ulong number) => _sum += HashOf(name, number);

    /// <summary>A pair of the other side.</summary>
    public void Remove(ReadOnlySpan<byte> name, ulong number) => _sum -= HashOf(name, number);

    private ulong HashOf(ReadOnlySpan<byte> name, ulong number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
        return KeyHash.Compute(KeyHash.Compute(seed, bytes), name);
    }
}

/// <summary>The members of a set that says it has integers only.</summary>
internal sealed class IntegerCheck : IElementCheck
{
    private readonly byte[] _text = new byte[32];

    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        ReadOnlySpan<byte> member = ElementCodec.ReadBytes(element, 0);
        return Utf8Parser.TryParse(member, out long number, out int used) && used == member.Length
            && Utf8Formatter.TryFormat(number, _text, out int length)
            && member.SequenceEqual(_text.AsSpan(0, length));
    }
}

/// <summary>The fields of a hash, with their times.</summary>
internal sealed class FieldCheck(PairSum times) : IElementCheck
{
    /// <summary>The earliest time; 0 for none.</summary>
    public long Earliest { get; private set; }

    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        // An element with a time has one in its head's lowest bit.
        if ((element[0] & 1) == 0) return true;
        FieldElement field = new(element);
        if (field.ExpireAt is <= 0 or > FieldTimes.Latest) return false;
        if (Earliest == 0 || field.ExpireAt < Earliest) Earliest = field.ExpireAt;
        times.Add(field.Field, (ulong)field.ExpireAt);
        return true;
    }
}

/// <summary>The times of the fields of a hash.</summary>
internal sealed class TimeCheck(PairSum times) : IElementCheck
{
    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        double time = BinaryPrimitives.ReadDoubleLittleEndian(element);
        if (!(time is >= 1 and <= FieldTimes.Latest) || time != Math.Floor(time)) return false;
        times.Remove(ElementCodec.ReadBytes(element, ScoreOrder.ScoreBytes), (ulong)time);
        return true;
    }
}

/// <summary>The members of a sorted set in the order of their scores.</summary>
internal sealed class ScoreCheck(PairSum members) : IElementCheck
{
    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        StoredSortedSet.Split(element, out ReadOnlySpan<byte> member, out double score);
        members.Remove(member, ScoreOrder.Sortable(score));
        return !double.IsNaN(score);
    }
}

/// <summary>The members of a sorted set in the order of their hashes.</summary>
internal sealed class IndexCheck(PairSum members) : IElementCheck
{
    /// <inheritdoc/>
    public bool IsRight(ReadOnlySpan<byte> element)
    {
        double score = ScoredMemberOrder.Score(element);
        members.Add(ElementCodec.ReadBytes(element, 0), ScoreOrder.Sortable(score));
        return true;
    }
}
