namespace Hedge.Storage.Io.Compressions;

/// <summary>How blocks of run files are compressed. The numbers are part of the run format.</summary>
public enum BlockCompression
{
    /// <summary>Not at all.</summary>
    None = 0,

    /// <summary>LZ4: one or two microseconds of processor time for a block.</summary>
    Lz4 = 1,

    /// <summary>Zstandard: smaller blocks for several times the work.</summary>
    Zstd = 2,
}
