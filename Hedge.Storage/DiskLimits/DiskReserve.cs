using Hedge.Storage.Io;

namespace Hedge.Storage.DiskLimits;

/// <summary>
/// The file <c>RESERVE</c> of the data directory: space that nobody else can take. It is given up on a full
/// disk: one half while the server runs, so that keys can be deleted and merges that free space have room,
/// the rest when it starts. It is taken again when there is space.
/// </summary>
/// <remarks>One thread at a time: the start, then the background thread that looks at the disk.</remarks>
/// <param name="disk">The disk.</param>
/// <param name="directory">The data directory.</param>
/// <param name="bytes">What it should be; less on a small file system. 0 for none.</param>
internal sealed class DiskReserve(IDisk disk, string directory, long bytes)
{
    /// <summary>The file's name.</summary>
    public const string FileName = "RESERVE";

    private const int TotalDivisor = 16;
    private const int ShortDivisor = 4;
    private readonly string _path = $"{directory}/{FileName}";

    /// <summary>What there should be.</summary>
    public long WantedBytes { get; private set; }

    /// <summary>What there is.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes that writers must leave free: what the reserve lacks, and what must be free before it
    /// is taken again.</summary>
    public long MissingBytes => WantedBytes - HeldBytes + (WantedBytes / ShortDivisor);

    /// <summary>True when the reserve is needed: next to nothing is free.</summary>
    /// <param name="freeBytes">What is free beside it.</param>
    public bool IsNeeded(long freeBytes) => WantedBytes > 0 && freeBytes < WantedBytes / ShortDivisor;

    /// <summary>Finds what an earlier life has left; gives it up when the start may need it.</summary>
    public void Open()
    {
        WantedBytes = Math.Min(bytes, disk.TotalBytes(directory) / TotalDivisor) & -AlignedBuffer.Alignment;
        if (!disk.Exists(_path)) return;
        using (DiskFile file = disk.Open(_path, DiskOpenMode.Read)) HeldBytes = disk.Length(file);
        if (HeldBytes <= WantedBytes && !IsNeeded(disk.FreeBytes(directory))) return;
        disk.Delete(_path);
        HeldBytes = 0;
    }

    /// <summary>Gives one half to the file system.</summary>
    public void GiveUpHalf()
    {
        long half = (WantedBytes / 2) & -AlignedBuffer.Alignment;
        if (HeldBytes <= half) return;
        using DiskFile file = disk.Open(_path, DiskOpenMode.ReadWrite);
        disk.Truncate(file, half);
        HeldBytes = half;
    }

    /// <summary>Takes the space when half as much is free afterwards. Before, writers have no more room than
    /// with it (<see cref="MissingBytes"/>).</summary>
    public void TryTake(long freeBytes)
    {
        if (HeldBytes >= WantedBytes || freeBytes - (WantedBytes - HeldBytes) < WantedBytes / 2) return;
        bool isThere = disk.Exists(_path);
        using DiskFile file = disk.Open(_path, isThere ? DiskOpenMode.ReadWrite : DiskOpenMode.Create);
        disk.Allocate(file, WantedBytes);
        HeldBytes = WantedBytes;
    }
}
