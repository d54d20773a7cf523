using System.Globalization;
using Hedge.Storage.Checks;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Replays;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Salvages;

/// <summary>
/// Makes a damaged directory one that an engine opens, in an overlay: puts something in the place of files
/// that cannot be used, and says what is lost with them.
/// </summary>
/// <remarks>
/// 1. A lost identity file is made anew from a ledger, which has the directory's id too.
/// 2. A lost manifest is made of the run files that are there, the higher number taken for the newer run,
///    with the databases of another partition. What the logs have of that partition is left out: nobody
///    knows from where on they must be applied.
/// 3. A run that cannot be opened is made anew of its blocks (<see cref="RunRebuild"/>), or is one without
///    entries. Files of values that are missing become empty ones, so that the other entries can be read.
/// </remarks>
internal sealed class DirectoryMending(IDisk overlay, string path, ICheckSink sink)
{
    private readonly Dictionary<int, List<LostRange>> _lost = [];

    /// <summary>By partition, what runs may have had.</summary>
    public IReadOnlyDictionary<int, List<LostRange>> Lost => _lost;

    /// <summary>True when something is lost.</summary>
    public bool HasLost { get; private set; }

    /// <summary>Puts the identity file in order.</summary>
    /// <returns>False when there is no way to know what it said.</returns>
    public bool MendIdentity()
    {
        try
        {
            DataDirectory.Open(overlay, OverlaidEngine.Seed, path, 1, 1).Dispose();
            return true;
        }
        catch (ManifestException problem) when (problem.Problem != ManifestProblem.UnknownVersion)
        {
            return TryMakeIdentity(problem.Message);
        }
    }

    /// <summary>Puts manifests and runs in order.</summary>
    public void MendPartitions(DataDirectory directory)
    {
        ManifestStore store = new(overlay, path);
        PartitionManifest?[] manifests = new PartitionManifest?[directory.Partitions];
        string?[] problems = new string?[directory.Partitions];
        for (int i = 0; i < manifests.Length; i++)
        {
            try
            {
                manifests[i] = store.Load(i);
            }
            catch (IOException problem)
            {
                problems[i] = problem.Message;
            }
        }

        PartitionManifest? other = manifests.FirstOrDefault(manifest => manifest is not null);
        ulong[] flushed = [.. manifests.Select(manifest => manifest?.FlushedSequence ?? 0)];
        for (int i = 0; i < manifests.Length; i++)
        {
            if (manifests[i] is { } whole)
            {
                MendRuns(store, whole);
                continue;
            }

            PartitionManifest made = MakeManifest(store, directory, i, other, flushed);
            Tell(store.PathOf(i), i, $"{problems[i]}; it was made anew of the {made.Runs.Length} run files "
                + "that are there. What the logs have of the partition is left out, and keys that newer runs "
                + "replaced or removed may be back");
            AddLost(i, new LostRange(ulong.MaxValue, [], [], null));
            MendRuns(store, made);
        }
    }

    private bool TryMakeIdentity(string problem)
    {
        List<string> ledgers = [.. overlay.List(path).Where(name =>
            name.StartsWith("LOG-", StringComparison.Ordinal)
            && !name.EndsWith(".new", StringComparison.Ordinal))];
        foreach (string ledger in ledgers)
        {
            if (LogLedger.IdentityIn(overlay, $"{path}/{ledger}") is not { } identity) continue;
            DataDirectory.Make(overlay, path, identity.Partitions, identity.Directory, ledgers.Count,
                identity.Directory);
            Tell($"{path}/HEDGE", -1, $"{problem}; the ledger {ledger} has the same numbers");
            return true;
        }

        sink.Found(new CheckFinding(true, $"{path}/HEDGE",
            $"{problem}; no ledger is whole either, so nobody knows the directory's id"));
        return false;
    }

    private PartitionManifest MakeManifest(ManifestStore store, DataDirectory directory, int partition,
        PartitionManifest? other, ulong[] flushed)
    {
        string folder = store.DirectoryOf(partition);
        List<ManifestRun> runs = [];
        overlay.CreateDirectory(folder);
        foreach (string name in overlay.List(folder))
        {
            if (!name.EndsWith(".run", StringComparison.Ordinal)) continue;
            if (!ulong.TryParse(name.AsSpan(0, name.Length - 4), NumberStyles.None,
                CultureInfo.InvariantCulture, out ulong number) || number == 0) continue;
            using DiskFile file = overlay.Open($"{folder}/{name}", DiskOpenMode.Read);
            runs.Add(new ManifestRun(number, overlay.Length(file)));
        }

        runs.Sort((left, right) => right.FileNumber.CompareTo(left.FileNumber));
        other ??= PartitionManifest.Empty(partition, 16);
        ulong highest = 0;
        try
        {
            LogCatalog catalog = LogCatalog.Open(overlay, path);
            List<LogException> damages = [];
            LogRecoveryPlan plan = LogReplay.Plan(overlay, catalog, flushed, [], damages);
            highest = plan.Highest(partition);
        }
        catch (IOException)
        {
            // The logs are damaged too. Nothing of this partition is taken from them.
        }

        return other with
        {
            Partition = partition,
            Runs = [.. runs],
            NextFileNumber = runs.Count == 0 ? 1 : runs[0].FileNumber + 1,
            // Higher than anything that was logged, so that numbers of collections are not used again.
            FlushedSequence = Math.Max(Math.Max(highest, other.FlushedSequence), 1) * 2,
            Keys = [],
            DeadKeyspaces = [],
            ExpiryHorizon = 0,
        };
    }

    private void MendRuns(ManifestStore store, PartitionManifest manifest)
    {
        List<ManifestRun> runs = [];
        string folder = store.DirectoryOf(manifest.Partition);
        foreach (ManifestRun run in manifest.Runs)
        {
            string file = $"{folder}/{ManifestRun.NameOf(run.FileNumber)}";
            RunId id = new((uint)manifest.Partition, run.FileNumber);
            long bytes = MendRun(file, id);
            MendValues(file, id);
            runs.Add(run with { FileBytes = bytes });
        }

        store.Save(manifest with { Runs = [.. runs] });
    }

    private long MendRun(string file, RunId id)
    {
        bool isThere = overlay.Exists(file);
        try
        {
            if (isThere)
            {
                (DiskFile opened, RunInfo info, RunIndex index, Pages.PageBuffer filter, _) =
                    RunLoader.Load(overlay, file, id);
                opened.Dispose();
                index.Dispose();
                filter.Dispose();
                return info.FileBytes;
            }
        }
        catch (IOException problem)
        {
            Tell(file, (int)id.Partition, problem.Message);
        }

        if (!isThere) Tell(file, (int)id.Partition, "the run is missing: its entries are lost");
        string fresh = file + ".made";
        RunInfo made;
        using (RunRebuild rebuild = new(overlay, file, id))
        {
            made = rebuild.Write(fresh, isThere);
            foreach (LostRange range in rebuild.Lost) AddLost((int)id.Partition, range);
            if (isThere) Tell(file, (int)id.Partition, rebuild.ToString());
            if (rebuild.LacksRanges)
            {
                Tell(file, (int)id.Partition,
                    "it is not known which ranges of keys the run removed: they may be back");
            }
        }

        overlay.Rename(fresh, file);
        return made.FileBytes;
    }

    private void MendValues(string file, RunId id)
    {
        string folder = SegmentNames.DirectoryOf(path);
        foreach (ValueFileUse use in RunLoader.LoadInfo(overlay, file, id).Values)
        {
            string value = SegmentNames.PathOf(folder, use.File.Core, use.File.Number, ".val");
            string log = SegmentNames.PathOf(folder, use.File.Core, use.File.Number, ".log");
            if (overlay.Exists(value) || overlay.Exists(log)) continue;
            Tell(value, (int)id.Partition,
                $"the file is missing, and with it {use.Entries} values of {file}");
            overlay.CreateDirectory(folder);
            overlay.Open(value, DiskOpenMode.Create).Dispose();
        }
    }

    private void AddLost(int partition, LostRange range)
    {
        if (!_lost.TryGetValue(partition, out List<LostRange>? ranges)) _lost.Add(partition, ranges = []);
        ranges.Add(range);
    }

    private void Tell(string file, int partition, string message)
    {
        HasLost = true;
        sink.Found(new CheckFinding(true, file, message) { Partition = partition });
    }
}
