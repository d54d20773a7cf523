using Hedge.Storage.Collections;
using Hedge.Storage.Types;

namespace Hedge.Storage.Walks;

/// <summary>Splits elements into what they hold.</summary>
internal interface IElementParts
{
    /// <summary>Gives an element away.</summary>
    static abstract void Give(ReadOnlySpan<byte> element, IElementSink sink);
}

/// <summary>An element that is a value or a member, and nothing else.</summary>
internal readonly struct PlainParts : IElementParts
{
    /// <inheritdoc/>
    public static void Give(ReadOnlySpan<byte> element, IElementSink sink) =>
        sink.Take(ElementCodec.ReadBytes(element, 0), default, 0);
}

/// <summary>A field and its value, with the time at which it expires, 0 for never, in place of a
/// score.</summary>
internal readonly struct FieldParts : IElementParts
{
    /// <inheritdoc/>
    public static void Give(ReadOnlySpan<byte> element, IElementSink sink)
    {
        FieldElement parts = new(element);
        sink.Take(parts.Field, parts.Value, parts.ExpireAt);
    }
}

/// <summary>A member with its score.</summary>
internal readonly struct ScoreParts : IElementParts
{
    /// <inheritdoc/>
    public static void Give(ReadOnlySpan<byte> element, IElementSink sink)
    {
        StoredSortedSet.Split(element, out ReadOnlySpan<byte> member, out double score);
        sink.Take(member, default, score);
    }
}

/// <summary>A key with its value.</summary>
internal readonly struct KeyParts : IElementParts
{
    /// <inheritdoc/>
    public static void Give(ReadOnlySpan<byte> element, IElementSink sink) =>
        sink.Take(ElementCodec.ReadBytes(element, 0), KeyOrder.Value(element), 0);
}
