using System.Globalization;
using Hedge.Storage.Backups;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Restores;

/// <summary>Puts the logs that were kept after a backup into a directory that is being restored, those of one
/// start of the server at a time.</summary>
internal sealed class KeptLogs
{
    /// <summary>True to take all that was kept, so that tests can show that they find the mistake.</summary>
    internal static bool IgnoresTime { get; set; }

    private readonly IDisk _disk;
    private readonly RestoreOptions _options;
    private readonly BackupNote _note;
    private readonly ArchiveFolder _folder;
    private readonly string _log;
    private readonly Dictionary<ValueFileId, long> _reach = [];

    /// <summary>Finds the logs of the backup's life.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="options">What is restored; its files are in the target already.</param>
    /// <param name="partitions">How many partitions it has.</param>
    /// <param name="note">What the backup says of itself.</param>
    public KeptLogs(IDisk disk, RestoreOptions options, int partitions, BackupNote note)
    {
        (_disk, _options, _note) = (disk, options, note);
        _folder = new ArchiveFolder(options.Logs!, note.Life);
        _log = SegmentNames.DirectoryOf(options.Target);
        Starts = _folder.Starts(disk);
        if (Starts.Count == 0) Gap = $"there are no kept logs of this backup in {options.Logs}";
        ManifestStore store = new(disk, options.Target);
        for (int i = 0; i < partitions; i++)
            foreach (ManifestRun run in store.Load(i).Runs) AddReach(store.DirectoryOf(i), i, run.FileNumber);
    }

    /// <summary>The starts whose logs were kept, in their order.</summary>
    public IReadOnlyList<ulong> Starts { get; }

    /// <summary>What is missing; null for nothing.</summary>
    public string? Gap { get; private set; }

    /// <summary>When the newest of what was put in place was durable; 0 before anything was.</summary>
    public long ReachedMilliseconds { get; private set; }

    /// <summary>Puts a start's logs in place.</summary>
    /// <returns>False when there is nothing of it.</returns>
    public bool Place(ulong start)
    {
        bool hasPlaced = false;
        foreach (IGrouping<int, (int Core, ulong Number)> core in
            _folder.SegmentsOf(_disk, start).GroupBy(segment => segment.Core))
        {
            ulong[] numbers = [.. core.Select(segment => segment.Number)];
            ulong needed = core.Key < _note.Segments.Count ? _note.Segments[core.Key] : 0;
            if (needed < start) needed = start;
            if (numbers[^1] < needed) continue;
            hasPlaced |= PlaceCore(start, core.Key, needed, numbers[^1]);
        }

        if (hasPlaced) _disk.SyncDirectory(_log);
        return hasPlaced;
    }

    private bool PlaceCore(ulong start, int core, ulong first, ulong last)
    {
        string folder = _folder.PathOf(start);
        ulong number = first;
        long placed = 0;
        for (bool isWhole = true; isWhole && number <= last; number++)
        {
            IReadOnlyList<ArchiveTime> times = ArchivedSegment.ReadTimes(_disk, folder, core, number);
            ArchiveTime end = times.LastOrDefault(
                time => IgnoresTime || time.Milliseconds <= _options.UntilMilliseconds);
            isWhole = times.Count > 0 && end == times[^1];
            // What the backup has of the segment reaches further: all that was kept is in it.
            long values = _reach.GetValueOrDefault(new ValueFileId(core, number));
            bool isMissing = times.Count == 0 || (isWhole && number < last && values > end.End);
            if (isMissing)
            {
                Gap ??= string.Create(CultureInfo.InvariantCulture,
                    $"segment {number} of core {core} is not, or not whole, in {folder}");
            }

            if (isMissing || end.End == 0 || values > end.End) break;
            if (values > 0) _disk.Delete(PathOf(core, number, ".val"));
            Copy(SegmentNames.PathOf(folder, core, number, ".log"), end.End, PathOf(core, number, ".log"));
            placed = end.End;
            ReachedMilliseconds = Math.Max(ReachedMilliseconds, end.Milliseconds);
        }

        if (number == first) return false;
        CutSeal(core, number - 1, placed);
        return true;
    }

    // Where the last value ends that the backup's runs refer to, in each file.
    private void AddReach(string folder, int partition, ulong number)
    {
        string path = $"{folder}/{ManifestRun.NameOf(number)}";
        foreach (ValueFileUse use in
            RunLoader.LoadInfo(_disk, path, new RunId((uint)partition, number)).Values)
        {
            long end = use.End > 0 ? use.End : LengthOf(PathOf(use.File.Core, use.File.Number, ".val"));
            _reach[use.File] = Math.Max(end, _reach.GetValueOrDefault(use.File));
        }
    }

    private long LengthOf(string path)
    {
        using DiskFile file = _disk.Open(path, DiskOpenMode.Read);
        return _disk.Length(file);
    }

    private void Copy(string path, long length, string target)
    {
        using FileCopy copy = new(_disk);
        using DiskFile source = _disk.Open(path, DiskOpenMode.ReadDirect);
        foreach (int _ in copy.Copy(source, length, target))
        {
        }

        // A value file, which the segment may become, has whole blocks.
        using DiskFile file = _disk.Open(target, DiskOpenMode.ReadWrite);
        _disk.Truncate(file, Page.RoundUp(length));
        _disk.Sync(file);
    }

    // A sealed segment says that another one follows. Here none does.
    private void CutSeal(int core, ulong number, long end)
    {
        string path = PathOf(core, number, ".log");
        using DiskFile file = _disk.Open(path, DiskOpenMode.ReadWrite);
        Span<byte> header = stackalloc byte[LogFormat.SegmentHeaderBytes];
        int read = _disk.Read(file, 0, header);
        ulong id = LogFormat.ReadSegmentHeader(header[..read], path, core, number);
        long at = end - LogFormat.SealBytes;
        Span<byte> frame = stackalloc byte[LogFormat.SealBytes];
        if (at < LogFormat.SegmentHeaderBytes || _disk.Read(file, at, frame) < frame.Length) return;
        if (!LogFormat.IsSeal(frame, LogFormat.SeedOf(id), LogFormat.TagOf(id) + (uint)at)) return;
        frame.Clear();
        _disk.Write(file, at, frame);
        _disk.Sync(file);
    }

    private string PathOf(int core, ulong number, string suffix) =>
        SegmentNames.PathOf(_log, core, number, suffix);
}
