namespace Hedge.Storage.Io.Compressions;

/// <summary>How blocks of run files are compressed. The numbers are part of the run format.</summary>
public enum BlockCompression
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>LZ4: a processor's microsecond or two for a block.</summary>
    Lz4 = 1,

    /// <summary>Zstandard: smaller, and several times the work.</summary>
    Zstd = 2,
}
