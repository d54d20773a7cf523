using System.Buffers.Binary;
using Hedge.Storage.Io;

namespace Hedge.Storage.Manifests;

/// <summary>
/// A data directory that this process has to itself, with its identity: the file <c>HEDGE</c>, written once,
/// as the last step of the first start.
/// </summary>
/// <remarks>
/// <code>HEDGE := "HEDGEDIR" version:u32 partitions:u32 id:16 crc:u32      36 bytes, little-endian</code>
/// First start: (1) the directory is created and locked; (2) every partition's empty manifest is saved; (3)
/// HEDGE is written aside, synced, renamed, the directory synced. A crash before the end leaves a directory
/// without HEDGE and without a log, in which the first start begins again.
/// </remarks>
public sealed class DataDirectory : IDisposable
{
    /// <summary>The most partitions a data directory can have.</summary>
    public const int PartitionsMax = 1024;

    private const uint Version = 1;
    private const ulong Magic = 0x5249444547444548; // "HEDGEDIR"
    private const int FileBytes = 36;
    private const string FileName = "HEDGE";
    private readonly IDisposable _lock;

    private DataDirectory(string path, int partitions, UInt128 id, IDisposable held)
    {
        Path = path;
        Partitions = partitions;
        Id = id;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The number of partitions, fixed when the directory was made.</summary>
    public int Partitions { get; }

    /// <summary>A number that no other data directory has.</summary>
    public UInt128 Id { get; }

    /// <summary>Opens a data directory, or makes it when it is missing or empty.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="seed">Gives a new directory its id.</param>
    /// <param name="path">The directory.</param>
    /// <param name="partitions">Partitions of a new directory, a power of two up to 1024; an existing one
    /// keeps its own.</param>
    /// <param name="databases">Databases of a new directory.</param>
    /// <exception cref="ManifestException">It is in use, damaged, of another version, or not
    /// Hedge's.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static DataDirectory Open(IDisk disk, ISeed seed, string path, int partitions, int databases)
    {
        if (!disk.Exists(path))
        {
            disk.CreateDirectory(path);
            string? parent =
                System.IO.Path.GetDirectoryName(System.IO.Path.TrimEndingDirectorySeparator(path));
            disk.SyncDirectory(string.IsNullOrEmpty(parent) ? "." : parent);
        }

        IDisposable held = disk.TryLock(path) ?? throw new ManifestException(
            ManifestProblem.InUse, path, $"data directory {path} is in use by another process");
        try
        {
            if (disk.Exists($"{path}/{FileName}")) return Read(disk, path, held);
            CheckEmpty(disk, path);
            UInt128 id = new(seed.Next(), seed.Next());
            ManifestStore store = new(disk, path);
            for (int i = 0; i < partitions; i++) store.Save(PartitionManifest.Empty(i, databases));
            Write(disk, path, partitions, id);
            return new DataDirectory(path, partitions, id, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Gives the directory up.</summary>
    public void Dispose() => _lock.Dispose();

    private static DataDirectory Read(IDisk disk, string path, IDisposable held)
    {
        string file = $"{path}/{FileName}";
        ReadOnlySpan<byte> bytes = WholeFile.Read(disk, file, FileBytes + 1).Span;
        if (bytes.Length != FileBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is not a Hedge identity file");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]) != Crc32C.Compute(bytes[..32]))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is damaged: its checksum is wrong");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new ManifestException(
                ManifestProblem.UnknownVersion, file,
                $"data directory {path} has format version {version}; this build reads {Version}");
        }

        uint partitions = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (partitions is 0 or > PartitionsMax || !uint.IsPow2(partitions))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} names {partitions} partitions");
        return new DataDirectory(
            path, (int)partitions, BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]), held);
    }

    private static void Write(IDisk disk, string path, int partitions, UInt128 id)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], partitions);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], id);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[32..], Crc32C.Compute(bytes[..32]));
        WholeFile.Replace(disk, path, FileName, bytes);
    }

    // Without HEDGE only what an interrupted first start leaves may be there. Anything else is somebody's
    // data.
    private static void CheckEmpty(IDisk disk, string path)
    {
        foreach (string name in disk.List(path))
        {
            if (name is FileName + ".new" or "LOCK") continue;
            if (name.Length > 2 && name[0] == 'p' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0
                && disk.List($"{path}/{name}").All(inner => inner is "MANIFEST" or "MANIFEST.new")) continue;
            throw new ManifestException(
                ManifestProblem.WrongDirectory, path,
                $"data directory {path} holds {name} but no identity file {FileName}: "
                + "it is not Hedge's, or is damaged");
        }
    }
}
