using System.Text;

namespace Hedge.Resp.Clients;

/// <summary>A reply as a tree. Immutable; equal when everything in it is equal.</summary>
public sealed class RespValue : IEquatable<RespValue>
{
    private RespValue(
        RespKind kind, ReadOnlyMemory<byte> bytes = default, long integer = 0, double number = 0,
        IReadOnlyList<RespValue>? children = null, RespValue? attributes = null)
    {
        Kind = kind;
        Bytes = bytes;
        Integer = integer;
        Double = number;
        Children = children ?? [];
        Attributes = attributes;
    }

    /// <summary>The type.</summary>
    public RespKind Kind { get; }

    /// <summary>
    /// The text of a string, an error, a big number or a double as it was sent; of a verbatim string without
    /// its prefix.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The value of an integer; 1 or 0 for a truth value.</summary>
    public long Integer { get; }

    /// <summary>The value of a double.</summary>
    public double Double { get; }

    /// <summary>The elements of an aggregate; of a map keys and values in turn.</summary>
    public IReadOnlyList<RespValue> Children { get; }

    /// <summary>The attributes that came with the reply, as a map; null without.</summary>
    public RespValue? Attributes { get; }

    /// <summary>The format of a verbatim string, three letters; otherwise empty.</summary>
    public string Extension { get; private init; } = "";

    /// <summary>Whether this is one of the three nulls.</summary>
    public bool IsNull => Kind is RespKind.Null or RespKind.NullBulk or RespKind.NullArray;

    /// <summary>Whether this is an error of either type.</summary>
    public bool IsError => Kind is RespKind.Error or RespKind.BulkError;

    /// <summary><see cref="Bytes"/> as UTF-8 text.</summary>
    public string Text => Encoding.UTF8.GetString(Bytes.Span);

    /// <summary>An element of an aggregate.</summary>
    public RespValue this[int index] => Children[index];

    /// <summary>A string, an error or a big number with these bytes, which are not copied.</summary>
    public static RespValue OfBytes(RespKind kind, ReadOnlyMemory<byte> bytes) => new(kind, bytes);

    /// <summary>A string, an error or a big number with this text in UTF-8.</summary>
    public static RespValue OfText(RespKind kind, string text) => new(kind, Encoding.UTF8.GetBytes(text));

    /// <summary>An integer.</summary>
    public static RespValue OfInteger(long value) => new(RespKind.Integer, integer: value);

    /// <summary>A truth value.</summary>
    public static RespValue OfBoolean(bool value) => new(RespKind.Boolean, integer: value ? 1 : 0);

    /// <summary>A double and its text as sent.</summary>
    public static RespValue OfDouble(double value, ReadOnlyMemory<byte> text) =>
        new(RespKind.Double, text, number: value);

    /// <summary>A verbatim string.</summary>
    public static RespValue OfVerbatim(string extension, ReadOnlyMemory<byte> text) =>
        new(RespKind.Verbatim, text) { Extension = extension };

    /// <summary>One of the three nulls.</summary>
    public static RespValue OfNull(RespKind kind) => new(kind);

    /// <summary>An aggregate.</summary>
    public static RespValue OfChildren(RespKind kind, IReadOnlyList<RespValue> children) =>
        new(kind, children: children);

    /// <summary>The same reply with attributes.</summary>
    public RespValue WithAttributes(RespValue attributes) =>
        new(Kind, Bytes, Integer, Double, Children, attributes) { Extension = Extension };

    /// <inheritdoc/>
    public bool Equals(RespValue? other)
    {
        return other is not null && Kind == other.Kind && Integer == other.Integer
            && Double.Equals(other.Double)
            && Extension == other.Extension && Bytes.Span.SequenceEqual(other.Bytes.Span)
            && Children.SequenceEqual(other.Children) && Equals(Attributes, other.Attributes);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RespValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.Add(Kind);
        hash.Add(Integer);
        hash.AddBytes(Bytes.Span);
        foreach (RespValue child in Children) hash.Add(child);
        return hash.ToHashCode();
    }

    /// <summary>
    /// The reply as redis-cli shows it, without the last line end; attributes are left out.
    /// </summary>
    public override string ToString() => RespText.Of(this);
}
