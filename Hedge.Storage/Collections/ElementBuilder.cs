using System.Buffers;
using System.Buffers.Binary;

namespace Hedge.Storage.Collections;

/// <summary>Writes one element that is to be put into a leaf. Short ones are built on the stack.</summary>
/// <param name="small">Room for a short one.</param>
/// <param name="bytes">The element's length, at most.</param>
internal ref struct ElementBuilder(Span<byte> small, long bytes)
{
    /// <summary>How much room callers give.</summary>
    public const int SmallBytes = 256;

    private readonly byte[]? _rented = bytes > small.Length
        ? ArrayPool<byte>.Shared.Rent(checked((int)bytes)) : null;

    private readonly Span<byte> _small = small;
    private int _at;

    /// <summary>The element.</summary>
    public readonly ReadOnlySpan<byte> Element => Target[.._at];

    private readonly Span<byte> Target => _rented ?? _small;

    /// <summary>The most bytes of so many texts.</summary>
    public static long BytesMax(params ReadOnlySpan<int> lengths)
    {
        long bytes = 0;
        foreach (int length in lengths) bytes += ElementCodec.LengthBytesMax + sizeof(long) + (long)length;
        return bytes;
    }

    /// <summary>Adds a length, or another small number.</summary>
    public void AddLength(int length) => ElementCodec.WriteLength(Target, ref _at, length);

    /// <summary>Adds bytes after their length.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        ElementCodec.WriteLength(Target, ref _at, text.Length);
        AddRaw(text);
    }

    /// <summary>Adds bytes after their head: the length twice, plus 1 with an expiry, which follows
    /// them.</summary>
    public void AddField(ReadOnlySpan<byte> field, long expireAt)
    {
        uint head = ((uint)field.Length << 1) | (expireAt == 0 ? 0u : 1);
        ElementCodec.WriteLength(Target, ref _at, (int)head);
        AddRaw(field);
        if (expireAt == 0) return;
        BinaryPrimitives.WriteInt64LittleEndian(Target[_at..], expireAt);
        _at += sizeof(long);
    }

    /// <summary>Adds a score.</summary>
    public void Add(double score)
    {
        BinaryPrimitives.WriteDoubleLittleEndian(Target[_at..], score);
        _at += sizeof(double);
    }

    /// <summary>Gives working memory back.</summary>
    public readonly void Dispose()
    {
        if (_rented != null) ArrayPool<byte>.Shared.Return(_rented);
    }

    private void AddRaw(ReadOnlySpan<byte> text)
    {
        text.CopyTo(Target[_at..]);
        _at += text.Length;
    }
}
