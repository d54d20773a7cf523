using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Goes through a payload without keeping anything: what there is, and whether it is well
/// formed.</summary>
internal sealed class CollectionSize : ICollectionSink
{
    /// <summary>Number of elements.</summary>
    public long Count { get; private set; }

    /// <summary>Bytes of all of them.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the longest element, field or value.</summary>
    public int Longest { get; private set; }

    /// <summary>True when all members are integers.</summary>
    public bool AllIntegers { get; private set; } = true;

    /// <summary>Looks at a payload; null when it is malformed.</summary>
    public static CollectionSize? Of(ReadOnlySpan<byte> payload)
    {
        using var seen = new MemberSet();
        var size = new CollectionSize();
        using var reader = new CollectionReader<CollectionSize>(payload, seen, ref size);
        return reader.TryRead() ? size : null;
    }

    public bool TakeElement(ReadOnlySpan<byte> element) => Take(element);

    public bool TakeMember(ReadOnlySpan<byte> member)
    {
        AllIntegers = AllIntegers && Numbers.TryParseInt64(member, out _);
        return Take(member);
    }

    public bool TakeMember(ReadOnlySpan<byte> member, double score) => Take(member);

    public bool TakeField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        Longest = Math.Max(Longest, value.Length);
        Bytes += value.Length;
        return Take(field);
    }

    private bool Take(ReadOnlySpan<byte> element)
    {
        Count++;
        Bytes += element.Length;
        Longest = Math.Max(Longest, element.Length);
        return true;
    }
}
