using System.Buffers.Binary;
using Hedge.Storage.Io;

namespace Hedge.Storage.Manifests;

/// <summary>
/// A data directory that this process has to itself, with its identity: the file <c>HEDGE</c>, written as the
/// last step of the first start, and again when another number of cores has logs.
/// </summary>
/// <remarks>
/// <code>HEDGE := "HEDGEDIR" version:u32 partitions:u32 id:16 ledgers:u32 crc:u32  40 bytes, little-endian
/// </code>
/// Version 1 has no <c>ledgers</c>, and its directories have none.
/// First start: (1) the directory is created and locked; (2) every partition's empty manifest is saved; (3)
/// HEDGE is written aside, synced, renamed, the directory synced. A crash before the end leaves a directory
/// without HEDGE and without a log, in which the first start begins again.
/// </remarks>
public sealed class DataDirectory : IDisposable
{
    /// <summary>The most partitions a data directory can have.</summary>
    public const int PartitionsMax = 1024;

    /// <summary>A directory in it that is not the engine's: for files of HEDGE.LOAD and
    /// HEDGE.EXPORT.</summary>
    public const string TransferName = "transfer";

    private const uint Version = 2;
    private const uint VersionWithoutLedgers = 1;
    private const ulong Magic = 0x5249444547444548; // "HEDGEDIR"
    private const int FileBytes = 40;
    private const int SumBytes = 4;
    private const string FileName = "HEDGE";
    private readonly IDirectoryLock _lock;

    private DataDirectory(string path, int partitions, UInt128 id, int ledgers, IDirectoryLock held)
    {
        Path = path;
        Partitions = partitions;
        Id = id;
        Ledgers = ledgers;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>The number of partitions, fixed when the directory was made.</summary>
    public int Partitions { get; }

    /// <summary>True when other users of the machine have rights on it: Hedge makes its directory private,
    /// but leaves one that it finds as it is.</summary>
    public bool IsOpenToOthers => _lock.IsOpenToOthers;

    /// <summary>Checks that its path still leads to it.</summary>
    /// <exception cref="DiskException">It does not.</exception>
    public void Check() => _lock.Check();

    /// <summary>A number that no other data directory has.</summary>
    public UInt128 Id { get; }

    /// <summary>The directory's part of what the hashes of collections' elements begin with.</summary>
    public ulong HashSeed => (ulong)Id ^ (ulong)(Id >> 64);

    /// <summary>How many cores have a ledger of their log (<c>docs/formats/log.md</c>): those numbered below
    /// this.</summary>
    public int Ledgers { get; private set; }

    /// <summary>True when a directory of files that clients name cannot hold the engine's files: it is apart
    /// from the data directory, or is or lies in its <see cref="TransferName"/>. Full paths.</summary>
    public static bool MayTransfer(string dataDirectory, string transfers)
    {
        string data = dataDirectory.TrimEnd('/') + "/";
        string other = transfers.TrimEnd('/') + "/";
        return other.StartsWith($"{data}{TransferName}/", StringComparison.Ordinal)
            || !(other.StartsWith(data, StringComparison.Ordinal)
                || data.StartsWith(other, StringComparison.Ordinal));
    }

    /// <summary>True for the name of a partition's directory.</summary>
    internal static bool IsPartition(string name) =>
        name.Length > 2 && name[0] == 'p' && name.AsSpan(1).IndexOfAnyExceptInRange('0', '9') < 0;

    /// <summary>True when there is a data directory at a path, whether it is whole or not.</summary>
    public static bool IsThere(IDisk disk, string path)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return disk.Exists($"{path}/{FileName}");
    }

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

        IDirectoryLock held = disk.TryLock(path) ?? throw new ManifestException(
            ManifestProblem.InUse, path, $"data directory {path} is in use by another process");
        try
        {
            if (disk.Exists($"{path}/{FileName}")) return Read(disk, path, held);
            CheckEmpty(disk, path);
            UInt128 id = new(seed.Next(), seed.Next());
            ManifestStore store = new(disk, path);
            for (int i = 0; i < partitions; i++) store.Save(PartitionManifest.Empty(i, databases));
            Write(disk, path, partitions, id, 0);
            return new DataDirectory(path, partitions, id, 0, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Saves durably how many cores have a ledger. These ledgers must exist already.</summary>
    /// <exception cref="DiskException">The disk failed: either number is in force.</exception>
    public void SetLedgers(IDisk disk, int ledgers)
    {
        if (ledgers == Ledgers) return;
        Write(disk, Path, Partitions, Id, ledgers);
        Ledgers = ledgers;
    }

    /// <summary>Writes the identity file again, when somebody has removed it.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Restore(IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (!disk.Exists(IdentityOf(Path))) Write(disk, Path, Partitions, Id, Ledgers);
    }

    /// <summary>The path of a data directory's identity file.</summary>
    public static string IdentityOf(string path) => $"{path}/{FileName}";

    /// <summary>Gives the directory up.</summary>
    public void Dispose() => _lock.Dispose();

    /// <summary>Writes the identity of a directory whose manifests are there already, durably.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The directory.</param>
    /// <param name="partitions">The number of partitions.</param>
    /// <param name="id">The directory's id.</param>
    /// <param name="ledgers">How many cores have a ledger.</param>
    internal static void Make(IDisk disk, string path, int partitions, UInt128 id, int ledgers) =>
        Write(disk, path, partitions, id, ledgers);

    private static DataDirectory Read(IDisk disk, string path, IDirectoryLock held)
    {
        string file = $"{path}/{FileName}";
        ReadOnlySpan<byte> bytes = WholeFile.Read(disk, file, FileBytes + 1).Span;
        if (bytes.Length < FileBytes - SumBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is not a Hedge identity file");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^SumBytes..]) != Crc32C.Compute(bytes[..^SumBytes]))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is damaged: its checksum is wrong");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version is not (Version or VersionWithoutLedgers))
        {
            throw new ManifestException(
                ManifestProblem.UnknownVersion, file,
                $"data directory {path} has format version {version}; this build reads {Version}");
        }

        uint partitions = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        uint ledgers = 0;
        if (version == Version && bytes.Length == FileBytes)
            ledgers = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]);
        if (partitions is 0 or > PartitionsMax || !uint.IsPow2(partitions))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} names {partitions} partitions");
        return new DataDirectory(
            path, (int)partitions, BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]), (int)ledgers, held);
    }

    private static void Write(IDisk disk, string path, int partitions, UInt128 id, int ledgers)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], partitions);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], id);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], ledgers);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[36..], Crc32C.Compute(bytes[..36]));
        WholeFile.Replace(disk, path, FileName, bytes);
    }

    // Without the file HEDGE only the remains of an interrupted first start may be there. Anything else is
    // another program's data.
    private static void CheckEmpty(IDisk disk, string path)
    {
        foreach (string name in disk.List(path))
        {
            if (name is FileName + ".new" or "LOCK" or TransferName) continue;
            if (IsPartition(name)
                && disk.List($"{path}/{name}").All(inner => inner is "MANIFEST" or "MANIFEST.new")) continue;
            throw new ManifestException(
                ManifestProblem.WrongDirectory, path,
                $"data directory {path} holds {name} but no identity file {FileName}: "
                + "it is not Hedge's, or is damaged");
        }
    }
}
