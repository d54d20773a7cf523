using System.Buffers.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>An element of a listpack or ziplist: a number, or bytes.</summary>
internal readonly ref struct PackedElement
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly long _number;

    /// <summary>Bytes.</summary>
    public PackedElement(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>A number.</summary>
    public PackedElement(long number) => (_number, IsNumber) = (number, true);

    /// <summary>True for a number.</summary>
    public bool IsNumber { get; }

    /// <summary>The element's bytes: a number is written in decimal.</summary>
    /// <param name="text">Room of <see cref="Numbers.Int64CharactersMax"/> for a number.</param>
    public ReadOnlySpan<byte> Bytes(Span<byte> text)
    {
        if (!IsNumber) return _bytes;
        Utf8Formatter.TryFormat(_number, text, out int length);
        return text[..length];
    }

    /// <summary>The element as an integer: a number, or bytes that are one in decimal.</summary>
    public bool TryInteger(out long value)
    {
        value = _number;
        return IsNumber || Numbers.TryParseInt64(_bytes, out value);
    }

    /// <summary>The element as a score.</summary>
    public bool TryScore(out double score)
    {
        score = _number;
        return IsNumber || Numbers.TryParseDouble(_bytes, out score);
    }
}
