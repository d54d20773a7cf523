using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Storage.CollectionFiles;

/// <summary>Gives elements as they stand in a leaf.</summary>
internal readonly struct WholeElements : IElementParts
{
    /// <inheritdoc/>
    public static void Give(ReadOnlySpan<byte> element, IElementSink sink) => sink.Take(element, default, 0);
}

/// <summary>Collects the elements of a leaf, one after the other.</summary>
internal sealed class ElementBuffer : IElementSink
{
    private const int KeptBytesMax = 256 * 1024;

    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>The elements.</summary>
    public Span<byte> Content => _bytes.AsSpan(0, _length);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score)
    {
        int length = _length + name.Length;
        if (length > _bytes.Length) Array.Resize(ref _bytes, Math.Max(2 * _length, length));
        name.CopyTo(_bytes.AsSpan(_length));
        _length = length;
        Count++;
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _length = Count = 0;
        if (_bytes.Length > KeptBytesMax) _bytes = new byte[KeptBytesMax];
    }
}
