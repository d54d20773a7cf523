using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;

namespace Hedge.Storage.Backups;

/// <summary>What a backup says of itself: its file <c>BACKUP</c>, which no other data directory
/// has.</summary>
/// <remarks>
/// <code>
/// BACKUP := "HEDGEBAK" version:u32 cores:u32 moment:i64 life:16 bytes:u64 newBytes:u64
///           segment:u64{cores} crc:u32
/// </code>
/// Little-endian; version 1; crc (CRC-32C) of all before it.
/// </remarks>
/// <param name="Milliseconds">The moment, Unix milliseconds.</param>
/// <param name="Life">The life of the directory that it is of (<see cref="DataDirectory.Life"/>).</param>
/// <param name="Segments">By core, the least number of a log segment that may have changes after the
/// moment.</param>
/// <param name="Bytes">Bytes of its runs and value files.</param>
/// <param name="NewBytes">Bytes of those that no earlier backup had.</param>
public sealed record BackupNote(
    long Milliseconds, UInt128 Life, IReadOnlyList<ulong> Segments, long Bytes, long NewBytes)
{
    /// <summary>The file's name.</summary>
    internal const string FileName = "BACKUP";

    private const ulong Magic = 0x4B41424547444548; // "HEDGEBAK"
    private const uint Version = 1;
    private const int FixedBytes = 56;
    private const int SumBytes = 4;

    /// <summary>Reads a backup's note.</summary>
    /// <exception cref="ManifestException">It is damaged, or of another version.</exception>
    /// <exception cref="DiskException">It is not there, or the disk cannot read.</exception>
    internal static BackupNote Read(IDisk disk, string backup)
    {
        string path = $"{backup}/{FileName}";
        ReadOnlySpan<byte> bytes = WholeFile.Read(disk, path, 1 << 20).Span;
        bool isWhole = bytes.Length >= FixedBytes + SumBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes[^SumBytes..])
                == Crc32C.Compute(bytes[..^SumBytes]);
        if (!isWhole) throw new ManifestException(ManifestProblem.Corrupt, path, $"{path} is damaged");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new ManifestException(ManifestProblem.UnknownVersion, path,
                $"{path} has format version {version}; this build reads {Version}");
        }

        int cores = (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (bytes.Length != FixedBytes + (cores * sizeof(ulong)) + SumBytes)
            throw new ManifestException(ManifestProblem.Corrupt, path, $"{path} is damaged");
        ulong[] segments = new ulong[cores];
        for (int i = 0; i < cores; i++)
        {
            segments[i] =
                BinaryPrimitives.ReadUInt64LittleEndian(bytes[(FixedBytes + (i * sizeof(ulong)))..]);
        }

        return new BackupNote(BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt128LittleEndian(bytes[24..]), segments,
            BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]));
    }

    /// <summary>Writes it into a backup, durably.</summary>
    internal void Write(IDisk disk, string backup)
    {
        byte[] bytes = new byte[FixedBytes + (Segments.Count * sizeof(ulong)) + SumBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), Segments.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Milliseconds);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(24), Life);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(40), Bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), NewBytes);
        for (int i = 0; i < Segments.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(
                bytes.AsSpan(FixedBytes + (i * sizeof(ulong))), Segments[i]);
        }

        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes.AsSpan(bytes.Length - SumBytes), Crc32C.Compute(bytes.AsSpan(0, bytes.Length - SumBytes)));
        WholeFile.Replace(disk, backup, FileName, bytes);
    }
}
