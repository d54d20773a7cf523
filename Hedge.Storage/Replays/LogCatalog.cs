using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Replays;

/// <summary>A log segment's file.</summary>
public readonly record struct LogSegmentFile(int Core, ulong Number, string Path);

/// <summary>The log files that a data directory has at start-up.</summary>
/// <remarks>
/// A segment's file is called <c>core-number.log</c> from the moment its header is durable, with numbers that
/// rise by one;
/// <c>.new</c> is a segment being prepared and <c>.old</c> one that waits for reuse: neither holds anything.
/// </remarks>
public sealed class LogCatalog
{
    private readonly List<string> _leftovers = [];
    private readonly Dictionary<int, LedgerState> _ledgers = [];

    private LogCatalog(string directory) => Directory = directory;

    /// <summary>The directory of the logs.</summary>
    public string Directory { get; }

    /// <summary>The segments of each core that has any, by number; cores in ascending order.</summary>
    public IReadOnlyList<IReadOnlyList<LogSegmentFile>> Cores { get; private set; } = [];

    /// <summary>A number above all segments' numbers, for the new logs of this process.</summary>
    public ulong NextNumber { get; private set; } = 1;

    /// <summary>Makes the log directory where it is missing, and lists it.</summary>
    public static LogCatalog Open(IDisk disk, string dataDirectory)
    {
        LogCatalog catalog = new(SegmentNames.DirectoryOf(dataDirectory));
        if (!disk.Exists(catalog.Directory))
        {
            disk.CreateDirectory(catalog.Directory);
            disk.SyncDirectory(dataDirectory);
        }

        SortedDictionary<int, List<LogSegmentFile>> cores = [];
        foreach (string name in disk.List(catalog.Directory))
        {
            string path = $"{catalog.Directory}/{name}";
            if (!SegmentNames.TryParse(name, ".log", out int core, out ulong number))
            {
                if (name[Math.Max(0, name.Length - 4)..] is ".new" or ".old")
                    catalog._leftovers.Add(path);
                if (SegmentNames.TryParse(name, ".val", out _, out number))
                    catalog.NextNumber = Math.Max(catalog.NextNumber, number + 1);
                continue;
            }

            if (!cores.TryGetValue(core, out List<LogSegmentFile>? segments)) cores.Add(core, segments = []);
            segments.Add(new LogSegmentFile(core, number, path));
            catalog.NextNumber = Math.Max(catalog.NextNumber, number + 1);
        }

        foreach (List<LogSegmentFile> segments in cores.Values)
            segments.Sort((left, right) => left.Number.CompareTo(right.Number));
        catalog.Cores = [.. cores.Values];
        return catalog;
    }

    /// <summary>True to start as if there were no ledgers, so that tests can show that they find the
    /// mistake.</summary>
    internal static bool IgnoresLedgers { get; set; }

    /// <summary>Reads from the ledgers which files must exist.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="ledgers">The ledgers that exist.</param>
    /// <param name="damages">Gets what is missing or wrong.</param>
    internal void ReadLedgers(IDisk disk, string dataDirectory, IEnumerable<LedgerIdentity> ledgers,
        List<LogException> damages)
    {
        if (IgnoresLedgers) return;
        foreach (LedgerIdentity identity in ledgers)
        {
            try
            {
                using LogLedger ledger = LogLedger.Open(disk, dataDirectory, identity);
                _ledgers.Add(identity.Core, ledger.State);
                FindMissing(identity.Core, ledger.State, damages);
            }
            catch (LogException problem) when (problem.Problem != LogProblem.UnknownVersion)
            {
                damages.Add(problem);
            }
        }
    }

    /// <summary>The cores whose stage file must exist, since it holds what a killed process logged
    /// last.</summary>
    /// <param name="boot">The machine's present boot id.</param>
    internal IEnumerable<int> CoresNeedingStage(UInt128 boot) =>
        _ledgers.Where(ledger => ledger.Value.NeedsStage(boot)).Select(ledger => ledger.Key);

    /// <summary>Opens the logs that must be read, without the segments of which the ledgers say that runs
    /// hold everything.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="damages">As for <see cref="LogReader"/>.</param>
    internal List<LogReader> OpenReaders(IDisk disk, List<LogException>? damages)
    {
        List<LogReader> readers = [];
        foreach (IReadOnlyList<LogSegmentFile> segments in Cores)
        {
            LedgerState? ledger = _ledgers.GetValueOrDefault(segments[0].Core);
            IReadOnlyList<LogSegmentFile> needed = ledger is null ? segments
                : [.. segments.Where(segment => segment.Number >= ledger.First)];
            if (needed.Count > 0) readers.Add(new LogReader(disk, needed, ledger, damages));
        }

        return readers;
    }

    /// <summary>True when all ledgers say that their logs were closed in order.</summary>
    internal bool KnowsEnds => _ledgers.Count > 0 && _ledgers.Values.All(ledger => ledger.IsClosed);

    /// <summary>The highest sequence number of a partition that was durable according to the ledgers; 0 for
    /// none.</summary>
    internal ulong HighestOf(int partition) =>
        _ledgers.Values.Select(ledger => ledger.Highest[partition]).DefaultIfEmpty().Max();

    /// <summary>Adds a damage when a run refers to bytes beyond the end of a log that is not closed.
    /// </summary>
    /// <param name="use">The use that the run makes of a file.</param>
    /// <param name="ends">Where the logs end.</param>
    /// <param name="damages">Gets what is missing.</param>
    internal void CheckReach(ValueFileUse use, List<LogEnd> ends, List<LogException> damages)
    {
        foreach (LogEnd end in ends)
        {
            if (end.IsSealed || end.Core != use.File.Core || end.Path is null) continue;
            bool isInLog = SegmentNames.TryParse(Path.GetFileName(end.Path), ".log", out _, out ulong last)
                && Cores.Any(segments => segments.Any(segment =>
                    segment.Core == use.File.Core && segment.Number == use.File.Number));
            if (!isInLog || use.File.Number < last) continue;
            if (use.File.Number == last && use.End <= end.Offset) continue;
            damages.Add(new LogException(LogProblem.Corrupt, end.Path, end.Offset,
                $"the log ends here, but runs refer to values up to {use.End} in segment {use.File.Number}"));
        }
    }

    private void FindMissing(int core, LedgerState ledger, List<LogException> damages)
    {
        HashSet<ulong> there = [.. Cores.Where(segments => segments[0].Core == core)
            .SelectMany(segments => segments).Select(segment => segment.Number)];
        for (ulong number = ledger.First; number <= ledger.LastNeeded; number++)
        {
            if (there.Contains(number)) continue;
            string path = SegmentNames.PathOf(Directory, core, number, ".log");
            damages.Add(new LogException(LogProblem.MissingSegment, path, 0, "the file is missing"));
        }
    }

    /// <summary>Deletes the files that hold no records: the start needs room before it can delete
    /// logs.</summary>
    internal void DeleteLeftovers(IDisk disk)
    {
        foreach (string leftover in _leftovers) disk.Delete(leftover);
        _leftovers.Clear();
    }

    /// <summary>
    /// Deletes all listed segments: the last step of a recovery, when runs hold everything that the logs
    /// held. Each core's segments are deleted durably one by one, oldest first, so that a crash in between
    /// leaves no gap in the numbers.
    /// </summary>
    public void DeleteAll(IDisk disk) => DeleteAll(disk, null, []);

    /// <summary>As <see cref="DeleteAll(IDisk)"/>, but a segment that runs refer to becomes a value file,
    /// cut at its log's end.</summary>
    internal void DeleteAll(IDisk disk, ValueFiles? values, IReadOnlyList<LogEnd> ends)
    {
        DeleteLeftovers(disk);
        int longest = Cores.Count == 0 ? 0 : Cores.Max(core => core.Count);
        for (int i = 0; i < longest; i++)
        {
            foreach (IReadOnlyList<LogSegmentFile> core in Cores)
                if (i < core.Count) Remove(disk, core[i], values, ends);
            disk.SyncDirectory(Directory);
            foreach (IReadOnlyList<LogSegmentFile> core in Cores)
                if (i < core.Count) values?.LeftLog(core[i].Core, core[i].Number);
        }

        Cores = [];
    }

    /// <summary>Removes a core's segments from the list, so that they are not deleted.</summary>
    /// <returns>The segments.</returns>
    internal IReadOnlyList<LogSegmentFile> Retain(int core)
    {
        IReadOnlyList<LogSegmentFile> own = Cores.First(segments => segments[0].Core == core);
        Cores = [.. Cores.Where(segments => segments != own)];
        return own;
    }

    private static void Remove(
        IDisk disk, LogSegmentFile segment, ValueFiles? values, IReadOnlyList<LogEnd> ends)
    {
        if (values is null || !values.IsReferenced(segment.Core, segment.Number))
        {
            disk.Delete(segment.Path);
            return;
        }

        foreach (LogEnd end in ends)
        {
            if (end.Path != segment.Path) continue;
            using DiskFile file = disk.Open(segment.Path, DiskOpenMode.ReadWrite);
            long used = (end.Offset + AlignedBuffer.Alignment - 1) & -AlignedBuffer.Alignment;
            if (used < disk.Length(file)) disk.Truncate(file, used);
        }

        disk.Rename(segment.Path, values.PathOf(new ValueFileId(segment.Core, segment.Number)));
    }
}
