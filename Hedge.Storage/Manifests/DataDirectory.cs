using System.Buffers.Binary;
using Hedge.Storage.Io;

namespace Hedge.Storage.Manifests;

/// <summary>
/// A data directory that this process has to itself, with its identity: the file <c>HEDGE</c>, written as the
/// last step of the first start, and again when another number of cores has logs or another life begins.
/// </summary>
/// <remarks>
/// <code>HEDGE := "HEDGEDIR" version:u32 partitions:u32 id:16 ledgers:u32 life:16 crc:u32
/// </code>
/// 56 bytes, little-endian. Version 2 has no <c>life</c>: it is the id. Version 1 has no <c>ledgers</c>
/// either, and its directories have none.
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

    /// <summary>A directory in it that is not the engine's: for backups.</summary>
    public const string BackupName = "backup";

    private const uint Version = 3;
    private const uint VersionWithoutLife = 2;
    private const uint VersionWithoutLedgers = 1;
    private const ulong Magic = 0x5249444547444548; // "HEDGEDIR"
    private const int FileBytes = 56;
    private const int FileBytesWithoutLife = 40;
    private const int SumBytes = 4;
    private const string FileName = "HEDGE";
    private readonly IDirectoryLock _lock;

    private DataDirectory(
        string path, int partitions, UInt128 id, int ledgers, UInt128 life, IDirectoryLock held)
    {
        Path = path;
        Partitions = partitions;
        Id = id;
        Ledgers = ledgers;
        Life = life;
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

    /// <summary>A number that changes whenever the data stops being what it was plus what was logged since: a
    /// backup's copy lives on by itself, and so does what a recovery could not keep whole. File numbers and
    /// sequence numbers have one meaning in one life.</summary>
    public UInt128 Life { get; private set; }

    /// <summary>True when a directory of files that clients name cannot hold the engine's files: it is apart
    /// from the data directory, or is or lies in its <see cref="TransferName"/>. Full paths.</summary>
    public static bool MayTransfer(string dataDirectory, string transfers) =>
        IsApart(dataDirectory, transfers, TransferName);

    /// <summary>The same of a directory of backups, and <see cref="BackupName"/>.</summary>
    public static bool MayBackUp(string dataDirectory, string backups) =>
        IsApart(dataDirectory, backups, BackupName);

    private static bool IsApart(string dataDirectory, string directory, string inner)
    {
        string data = dataDirectory.TrimEnd('/') + "/";
        string other = directory.TrimEnd('/') + "/";
        return other.StartsWith($"{data}{inner}/", StringComparison.Ordinal)
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
        disk.CreateDurably(path);
        IDirectoryLock held = disk.TryLock(path) ?? throw new ManifestException(
            ManifestProblem.InUse, path, $"data directory {path} is in use by another process");
        try
        {
            if (disk.Exists($"{path}/{FileName}")) return Read(disk, path, held);
            CheckEmpty(disk, path);
            UInt128 id = new(seed.Next(), seed.Next());
            ManifestStore store = new(disk, path);
            for (int i = 0; i < partitions; i++) store.Save(PartitionManifest.Empty(i, databases));
            Write(disk, path, partitions, id, 0, id);
            return new DataDirectory(path, partitions, id, 0, id, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Opens a data directory that is only read.</summary>
    /// <exception cref="ManifestException">It is in use, damaged, of another version, or not
    /// Hedge's.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    internal static DataDirectory OpenToRead(IDisk disk, string path)
    {
        if (!IsThere(disk, path))
        {
            throw new ManifestException(
                ManifestProblem.Missing, path, $"{path} is no data directory: it has no file {FileName}");
        }

        IDirectoryLock held = disk.TryLockToRead(path) ?? throw new ManifestException(
            ManifestProblem.InUse, path, $"data directory {path} is in use by another process");
        try
        {
            return Read(disk, path, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Saves durably how many cores have a ledger, which must exist already, and which life it
    /// is.</summary>
    /// <exception cref="DiskException">The disk failed: the old or the new is in force.</exception>
    public void Set(IDisk disk, int ledgers, UInt128 life)
    {
        if (ledgers == Ledgers && life == Life) return;
        Write(disk, Path, Partitions, Id, ledgers, life);
        (Ledgers, Life) = (ledgers, life);
    }

    /// <summary>Writes the identity file again, when somebody has removed it.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Restore(IDisk disk)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (!disk.Exists(IdentityOf(Path))) Write(disk, Path, Partitions, Id, Ledgers, Life);
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
    /// <param name="life">Which life it is.</param>
    internal static void Make(
        IDisk disk, string path, int partitions, UInt128 id, int ledgers, UInt128 life) =>
        Write(disk, path, partitions, id, ledgers, life);

    private static DataDirectory Read(IDisk disk, string path, IDirectoryLock held)
    {
        string file = $"{path}/{FileName}";
        ReadOnlySpan<byte> bytes = WholeFile.Read(disk, file, FileBytes + 1).Span;
        if (bytes.Length < FileBytesWithoutLife - SumBytes
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is not a Hedge identity file");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[^SumBytes..]) != Crc32C.Compute(bytes[..^SumBytes]))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} is damaged: its checksum is wrong");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version is not (Version or VersionWithoutLife or VersionWithoutLedgers))
        {
            throw new ManifestException(
                ManifestProblem.UnknownVersion, file,
                $"data directory {path} has format version {version}; this build reads {Version}");
        }

        uint partitions = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        uint ledgers = 0;
        UInt128 id = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
        UInt128 life = id;
        if (version >= VersionWithoutLife && bytes.Length >= FileBytesWithoutLife)
            ledgers = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]);
        if (version == Version && bytes.Length == FileBytes)
            life = BinaryPrimitives.ReadUInt128LittleEndian(bytes[36..]);
        if (partitions is 0 or > PartitionsMax || !uint.IsPow2(partitions))
            throw new ManifestException(
                ManifestProblem.Corrupt, file, $"{file} names {partitions} partitions");
        return new DataDirectory(path, (int)partitions, id, (int)ledgers, life, held);
    }

    private static void Write(
        IDisk disk, string path, int partitions, UInt128 id, int ledgers, UInt128 life)
    {
        Span<byte> bytes = stackalloc byte[FileBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], partitions);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[16..], id);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], ledgers);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[36..], life);
        BinaryPrimitives.WriteUInt32LittleEndian(
            bytes[^SumBytes..], Crc32C.Compute(bytes[..^SumBytes]));
        WholeFile.Replace(disk, path, FileName, bytes);
    }

    // Without the file HEDGE only the remains of an interrupted first start may be there. Anything else is
    // another program's data.
    private static void CheckEmpty(IDisk disk, string path)
    {
        foreach (string name in disk.List(path))
        {
            if (name is FileName + ".new" or "LOCK" or TransferName or BackupName) continue;
            if (IsPartition(name)
                && disk.List($"{path}/{name}").All(inner => inner is "MANIFEST" or "MANIFEST.new")) continue;
            throw new ManifestException(
                ManifestProblem.WrongDirectory, path,
                $"data directory {path} holds {name} but no identity file {FileName}: "
                + "it is not Hedge's, or is damaged");
        }
    }
}
