namespace Hedge.Storage.Io.Compressions;

/// <summary>Compresses and decompresses pieces of memory, and keeps the libraries' contexts for that. One
/// thread at a time.</summary>
internal sealed unsafe class BlockCodec : IDisposable
{
    // Zstandard's fastest regular level. The next levels make blocks of a few pages only one or two percent
    // smaller.
    private const int ZstdLevel = 1;

    // SAFETY: the library makes the contexts, and Dispose frees them once; spans are pinned around each
    // call, and the library is told their lengths.
    private nint _compressor;
    private nint _decompressor;

    /// <summary>Compresses; 0 when the result does not fit into <paramref name="destination"/>.</summary>
    public int Compress(BlockCompression compression, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            if (compression == BlockCompression.Lz4)
                return CompressionLibrary.Lz4Compress(from, to, source.Length, destination.Length);
            if (_compressor == 0) _compressor = Made(CompressionLibrary.ZstdCreateCompressor());
            nuint size = CompressionLibrary.ZstdCompress(
                _compressor, to, (nuint)destination.Length, from, (nuint)source.Length, ZstdLevel);
            return CompressionLibrary.ZstdIsError(size) != 0 ? 0 : (int)size;
        }
    }

    /// <summary>Decompresses; false unless the result is exactly as long as
    /// <paramref name="destination"/>.</summary>
    public bool TryDecompress(
        BlockCompression compression, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            if (compression == BlockCompression.Lz4)
            {
                return CompressionLibrary.Lz4Decompress(from, to, source.Length, destination.Length)
                    == destination.Length;
            }

            if (_decompressor == 0) _decompressor = Made(CompressionLibrary.ZstdCreateDecompressor());
            nuint size = CompressionLibrary.ZstdDecompress(
                _decompressor, to, (nuint)destination.Length, from, (nuint)source.Length);
            return CompressionLibrary.ZstdIsError(size) == 0 && size == (nuint)destination.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_compressor != 0) _ = CompressionLibrary.ZstdFreeCompressor(_compressor);
        if (_decompressor != 0) _ = CompressionLibrary.ZstdFreeDecompressor(_decompressor);
        _compressor = _decompressor = 0;
    }

    private static nint Made(nint context) =>
        context != 0 ? context : throw new InsufficientMemoryException("no memory for a Zstandard context");
}
