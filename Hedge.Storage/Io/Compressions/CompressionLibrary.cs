using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Compressions;

/// <summary>The system's LZ4 and Zstandard libraries, which are looked for when they are first needed. A
/// machine without them runs uncompressed.</summary>
public static unsafe class CompressionLibrary
{
    // SAFETY: the libraries stay loaded to the end of the process; each pointer has the signature of its
    // function in lz4.h or zstd.h, and is called only when its library is loaded.
    private static readonly nint Lz4 = Load("liblz4.so.1");
    private static readonly nint Zstd = Load("libzstd.so.1");

    /// <summary>int (source, destination, sourceBytes, destinationBytes): 0 when it does not fit.</summary>
    internal static readonly delegate* unmanaged<byte*, byte*, int, int, int> Lz4Compress =
        (delegate* unmanaged<byte*, byte*, int, int, int>)Export(Lz4, "LZ4_compress_default");

    /// <summary>int (source, destination, sourceBytes, destinationBytes): negative when it is
    /// malformed.</summary>
    internal static readonly delegate* unmanaged<byte*, byte*, int, int, int> Lz4Decompress =
        (delegate* unmanaged<byte*, byte*, int, int, int>)Export(Lz4, "LZ4_decompress_safe");

    /// <summary>A compression context.</summary>
    internal static readonly delegate* unmanaged<nint> ZstdCreateCompressor =
        (delegate* unmanaged<nint>)Export(Zstd, "ZSTD_createCCtx");

    /// <summary>Frees a compression context.</summary>
    internal static readonly delegate* unmanaged<nint, nuint> ZstdFreeCompressor =
        (delegate* unmanaged<nint, nuint>)Export(Zstd, "ZSTD_freeCCtx");

    /// <summary>size (context, destination, destinationBytes, source, sourceBytes, level).</summary>
    internal static readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint> ZstdCompress =
        (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, int, nuint>)Export(Zstd, "ZSTD_compressCCtx");

    /// <summary>A decompression context.</summary>
    internal static readonly delegate* unmanaged<nint> ZstdCreateDecompressor =
        (delegate* unmanaged<nint>)Export(Zstd, "ZSTD_createDCtx");

    /// <summary>Frees a decompression context.</summary>
    internal static readonly delegate* unmanaged<nint, nuint> ZstdFreeDecompressor =
        (delegate* unmanaged<nint, nuint>)Export(Zstd, "ZSTD_freeDCtx");

    /// <summary>size (context, destination, destinationBytes, source, sourceBytes).</summary>
    internal static readonly delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> ZstdDecompress =
        (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)Export(Zstd, "ZSTD_decompressDCtx");

    /// <summary>unsigned (size): not 0 for an error.</summary>
    internal static readonly delegate* unmanaged<nuint, uint> ZstdIsError =
        (delegate* unmanaged<nuint, uint>)Export(Zstd, "ZSTD_isError");

    /// <summary>True when this machine can write and read blocks with the algorithm.</summary>
    public static bool IsThere(BlockCompression compression) => compression switch
    {
        BlockCompression.None => true,
        BlockCompression.Lz4 => Lz4Compress != null && Lz4Decompress != null,
        BlockCompression.Zstd => ZstdCreateCompressor != null && ZstdFreeCompressor != null
            && ZstdCompress != null && ZstdCreateDecompressor != null && ZstdFreeDecompressor != null
            && ZstdDecompress != null && ZstdIsError != null,
        _ => false,
    };

    /// <summary>Says, for messages, what the algorithm lacks on this machine.</summary>
    public static string Missing(BlockCompression compression) => compression switch
    {
        BlockCompression.Lz4 => "liblz4.so.1 is not there (Debian's package liblz4-1)",
        BlockCompression.Zstd => "libzstd.so.1 is not there (Debian's package libzstd1)",
        _ => "this build does not know the algorithm",
    };

    private static nint Load(string name) => NativeLibrary.TryLoad(name, out nint library) ? library : 0;

    private static nint Export(nint library, string name) =>
        library != 0 && NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;
}
