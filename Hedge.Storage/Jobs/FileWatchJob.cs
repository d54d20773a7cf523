using Hedge.Storage.Cores;
using Hedge.Storage.Values;

namespace Hedge.Storage.Jobs;

/// <summary>Looks which files of a partition are in their directories.</summary>
internal sealed class FileWatchJob(
    PartitionState partition, FileWatch owner, IReadOnlyList<WatchedFile> files) : BackgroundJob(partition)
{
    private readonly List<WatchedFile> _missing = [];

    /// <summary>Those that are not there.</summary>
    public IReadOnlyList<WatchedFile> Missing => _missing;

    private protected override bool Work()
    {
        EngineShared shared = Partition.Settings.Shared;
        string own = Partition.Files.Directory + "/";
        string log = SegmentNames.DirectoryOf(shared.Directory) + "/";
        HashSet<string>? inLog = null;
        bool isThere = shared.Disk.Exists(Partition.Files.Directory);
        if (!isThere) _missing.Add(new WatchedFile(Partition.Files.Directory));
        foreach (WatchedFile file in files)
        {
            bool isOwn = file.Path.StartsWith(own, StringComparison.Ordinal);
            if (isOwn && !isThere) continue;
            bool isInLog = file.Path.StartsWith(log, StringComparison.Ordinal);
            if (isInLog) inLog ??= [.. shared.Disk.List(log[..^1])];
            bool IsThere(string? path) => path is not null
                && (isInLog ? inLog!.Contains(path[log.Length..]) : shared.Disk.Exists(path));
            if (!IsThere(file.Path) && !IsThere(file.OtherPath)) _missing.Add(file);
        }

        return false;
    }

    private protected override void Deliver(CoreStorage core) => owner.Looked(core, this);
}
