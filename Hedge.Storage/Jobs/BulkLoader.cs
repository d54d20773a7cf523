using Hedge.Storage.Cores;
using Hedge.Storage.Counts;
using Hedge.Storage.Evictions;
using Hedge.Storage.Expiries;
using Hedge.Storage.Keys;
using Hedge.Storage.Loads;
using Hedge.Storage.Lookups;
using Hedge.Storage.Manifests;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Jobs;

/// <summary>A partition's part in a <see cref="BulkLoad"/>: names the run, and puts it in force when it has
/// been written. The owner's tick.</summary>
/// <remarks>
/// 1. All changes are flushed, while writers are held back.
/// 2. When there are none left, the manifest that names the run is saved.
/// 3. If nothing was changed meanwhile, the run joins the partition's as the newest: clean records of its
///    keys leave the memory, and watched keys count as changed. Its entries are unresolved for the key
///    counts, unless no run had the keyspace.
/// 4. Otherwise the manifest is taken back, and it begins anew. Should the power fail right then, the log
///    says before the first of these changes that the run is not in force
///    (<see cref="Logs.LogOperationKind.DropRun"/>).
/// </remarks>
internal sealed unsafe class BulkLoader(
    KeyStore partition, KeyCounts counts, Expirer expirer, KeyEvictor keyEvictor, Flusher flusher)
{
    private const int SlotsPerStep = 4096;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private int _database;
    private bool _isNew;

    /// <summary>True while writers should wait.</summary>
    public bool HoldsWriters =>
        partition.Loading is { State: LoadState.Written or LoadState.Installing } && !partition.IsStuck;

    /// <summary>Goes on with what is due.</summary>
    public void Tick(CoreStorage core)
    {
        if (_shared.Load is not { } load) return;
        LoadTarget target = load.Targets[partition.Index];
        if (target.State == LoadState.Asked) Name(load, target);
        else if (target.State == LoadState.Written) TryInstall(core, load, target);
        // One of the owners starts the job.
        bool isFirst = partition.Index == 0 && !load.IsStarted;
        if (!isFirst || !Array.TrueForAll(load.Targets, each => each.State == LoadState.Named)) return;
        load.IsStarted = true;
        core.Enqueue(new LoadJob(partition, load));
    }

    /// <summary>Closes the run that was not installed.</summary>
    public void Close()
    {
        LoadTarget? target = _shared.Load?.Targets[partition.Index];
        if (target is not { State: LoadState.Written or LoadState.Installing }) return;
        target.Output!.Release();
        target.State = LoadState.Failed;
    }

    private void Name(BulkLoad load, LoadTarget target)
    {
        ulong number = partition.Files.TakeFileNumber();
        target.Keyspace = partition.Keyspaces.IdOf(load.Database);
        target.Id = partition.Files.IdOf(number);
        target.Path = partition.Files.PathOf(number);
        target.Directory = partition.Files.Directory;
        target.Filters = RunSet.FiltersOf(partition.Runs.Newest.ToArray());
        target.State = LoadState.Named;
    }

    private void TryInstall(CoreStorage core, BulkLoad load, LoadTarget target)
    {
        partition.Loading = target;
        _database = load.Database;
        if (partition.Keyspaces.IdOf(load.Database) != target.Keyspace)
        {
            load.Fail("the database was flushed or swapped while it was loaded");
            GiveUp(target);
            return;
        }

        if (flusher.HasChanges)
        {
            if (partition.Memory.Frozen.Count < partition.Settings.FrozenGenerationsMax)
                flusher.Freeze(core);
            return;
        }

        if (!flusher.IsIdle || !partition.Installer.IsFree) return;
        target.IsDropped = false;
        _isNew = !partition.Runs.MayHold(target.Keyspace);
        target.Keys = _isNew ? target.Output!.Info.UnresolvedOf(target.Keyspace) : 0;
        target.State = LoadState.Installing;
        PartitionManifest manifest = partition.Files.Manifest;
        long first = target.Output!.Info.ExpiryMin;
        partition.Installer.Begin(core, manifest with
        {
            Runs = counts.NamesOf(WithRun(target), target.Output, _isNew),
            Keys = counts.KeysAfter(manifest, Loaded(target, 1)),
            NextFileNumber = partition.Files.NextFileNumber,
            ExpiryHorizon = first == 0 ? manifest.ExpiryHorizon : Math.Min(manifest.ExpiryHorizon, first),
        }, Installed);
    }

    private void Installed(CoreStorage core)
    {
        LoadTarget target = partition.Loading!;
        if (target.IsDropped)
        {
            PartitionManifest manifest = partition.Files.Manifest;
            partition.Installer.Begin(core, manifest with
            {
                Runs = counts.NamesOf(partition.Runs.Newest),
                Keys = counts.KeysAfter(manifest, Loaded(target, -1)),
            }, _ => target.State = LoadState.Written);
            return;
        }

        Run run = target.Output!;
        partition.Runs.Replace(WithRun(target));
        partition.Keyspaces.Count(target.Keyspace, 0, target.Expiring);
        partition.Keyspaces.Count(target.Keyspace | Keyspaces.NodeBit, target.Nodes, 0);
        if (_isNew) counts.Count(run, KeysOf(target));
        counts.RunsChanged();
        expirer.RunsChanged(null, run.Info.ExpiryMin);
        keyEvictor.RunsChanged(null, run.Info.ExpiryMin);
        Forget(run, target.Keyspace);
        TouchWatched(run);
        TellReaders(core);
        partition.Loading = null;
        target.State = LoadState.Done;
    }

    private void Forget(Run run, uint keyspace)
    {
        RecordTable table = partition.Memory.Table;
        Visitor visitor = new(run, keyspace);
        TablePosition position = default;
        while (table.Walk(ref position, SlotsPerStep, ref visitor))
        {
        }

        // SAFETY: live records of the table, each shown once since nothing was removed during the walk.
        foreach (nint address in visitor.Found)
        {
            RecordHeader* record = (RecordHeader*)address;
            Invariant.Check(!RecordKeys.Is(record, RecordStates.Dirty), "a load has flushed all changes");
            ulong hash = RecordTable.HashOf(record);
            table.Remove(table.Find(hash, keyspace, RecordKeys.Key(record)), hash);
            partition.Memory.Allocator.Free(record);
        }
    }

    private void TouchWatched(Run run)
    {
        foreach (WatchedKey watched in partition.Watches.All)
        {
            if (watched.Database != _database) continue;
            if (run.MayContain(partition.Hash(_database, watched.Key.Span))) partition.Watches.Touch(watched);
        }
    }

    // It may be that any key has changed.
    private void TellReaders(CoreStorage core)
    {
        if (partition.Readers.IsEmpty && !_shared.ReadKeys.TellsAll) return;
        partition.Readers.Clear();
        core.ReaderSink?.ChangedEverywhere();
    }

    private void GiveUp(LoadTarget target)
    {
        _shared.Retire(target.Output!);
        target.Output!.Release();
        target.Output = null;
        partition.Loading = null;
        target.State = LoadState.Failed;
    }

    private Run[] WithRun(LoadTarget target) => [target.Output!, .. partition.Runs.Newest];

    // What the load adds to the numbers of keys, as far as it is known at once, or takes back.
    private static CountSums Loaded(LoadTarget target, int sign)
    {
        CountSums sums = new();
        sums.Add(target.Keyspace, sign * target.Keys, sign * target.Expiring);
        sums.Add(target.Keyspace | Keyspaces.NodeBit, sign * target.Nodes, 0);
        return sums;
    }

    private static CountSums KeysOf(LoadTarget target)
    {
        CountSums sums = new();
        sums.Add(target.Keyspace, target.Keys, 0);
        return sums;
    }

    // SAFETY: the table shows live records, which stay where they are during the walk.
    private readonly struct Visitor(Run run, uint keyspace) : IRecordVisitor
    {
        public List<nint> Found { get; } = [];

        public bool Visit(RecordHeader* record)
        {
            if (record->Keyspace == keyspace && run.MayContain(RecordTable.HashOf(record)))
                Found.Add((nint)record);
            return false;
        }
    }
}
