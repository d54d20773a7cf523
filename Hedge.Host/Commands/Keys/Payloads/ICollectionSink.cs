namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Takes the elements of a payload in their order. The spans are valid during the call. False ends
/// the reading: the payload counts as malformed.</summary>
internal interface ICollectionSink
{
    /// <summary>An element of a list.</summary>
    bool TakeElement(ReadOnlySpan<byte> element);

    /// <summary>A member of a set.</summary>
    bool TakeMember(ReadOnlySpan<byte> member);

    /// <summary>A member of a sorted set; its score is a number.</summary>
    bool TakeMember(ReadOnlySpan<byte> member, double score);

    /// <summary>A field of a hash.</summary>
    bool TakeField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value);
}
