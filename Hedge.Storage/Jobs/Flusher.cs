using System.Collections.Immutable;
using Hedge.Storage.Cores;
using Hedge.Storage.Counts;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Evictions;
using Hedge.Storage.Expiries;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Memtables;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Jobs;

/// <summary>Decides when the partition's changes go to disk, and writes them. The owner's tick.</summary>
/// <remarks>
/// 1. The active generation is frozen: by bytes, by logged bytes, at a checkpoint, and in a calm when it
///    hides much of what the runs hold (<see cref="HiddenSpace"/>). After a start or a checkpoint each
///    partition's first one is frozen earlier by its number, so that evenly loaded partitions do not all
///    become full at once and wait for each other's flushes.
/// 2. A <see cref="FlushJob"/> writes the oldest frozen generation.
/// 3. When every core's log is synced up to where it stood at the freeze (the write-ahead rule), the manifest
///    that names the run is saved.
/// 4. Then the run joins the partition's, and the generation's records turn clean, in slices, or are dropped
///    when memory is short.
/// </remarks>
internal sealed class Flusher(
    KeyStore partition, KeyCounts counts, Expirer expirer, KeyEvictor keyEvictor, Action<ulong> installed)
{
    private const int RecordsPerSlice = 1024;
    private const long RetryMilliseconds = 1000;
    private const int TakenMax = 1000;

    private readonly EngineShared _shared = partition.Settings.Shared;
    private readonly HiddenSpace _hidden = new(partition);
    private bool _isFirst = true;
    private Stage _stage;
    private Run? _run;
    private DiskOutput? _output;
    private uint _released;
    private long _retryAt;
    private bool _syncWanted;
    private int _taken;
    private ulong _frozenSequence = partition.Sequence;
    private long _checkpointFrozen;
    private ulong _checkpointSequence;
    private long _checkpointDone;

    private enum Stage
    {
        Idle,
        Writing,
        Written,
        Installing,
        Releasing,
    }

    /// <summary>How full the memory for unflushed changes is: from 1 on writers should wait.</summary>
    public double Pressure =>
        (partition.Memory.Frozen.Count + ((double)partition.Memory.Active.Bytes / partition.MemtableBytes))
        / (partition.Settings.FrozenGenerationsMax + 1);

    /// <summary>Why the last flush failed; null after a success.</summary>
    public IOException? LastFailure
    {
        get => partition.Failures.Flush;
        private set => partition.Failures.Flush = value;
    }

    /// <summary>Flushes installed so far.</summary>
    public long Flushes { get; private set; }

    /// <summary>Bytes of the runs they made.</summary>
    public long FlushedBytes { get; private set; }

    /// <summary>True when nothing is being flushed or waits for it.</summary>
    public bool IsIdle => _stage == Stage.Idle && partition.Memory.Frozen.Count == 0;

    /// <summary>True while the oldest frozen generation is being written, synced or installed.</summary>
    public bool IsRunning => _stage is Stage.Writing or Stage.Written or Stage.Installing;

    /// <summary>True when something has changed since the last freeze.</summary>
    public bool HasChanges => partition.Sequence != _frozenSequence;

    /// <summary>Goes on with what is due.</summary>
    public void Tick(CoreStorage core)
    {
        partition.Installer.Tick(core);
        if (IsFreezeDue(core)) Freeze(core);
        if (_stage == Stage.Releasing) Release(core);
        if (_stage == Stage.Idle && partition.Memory.Frozen.Count > 0 && core.SteadyMilliseconds >= _retryAt)
        {
            _stage = Stage.Writing;
            core.Enqueue(new FlushJob(partition, this, partition.Memory.Frozen[0],
                partition.Files.TakeFileNumber()));
        }

        if (_stage == Stage.Written) TryInstall(core);
        NoteCheckpoint();
    }

    /// <summary>The job has ended.</summary>
    public void Written(CoreStorage core, FlushJob job)
    {
        // Another program's file has the run's name. The next number is tried at once.
        bool isTaken =
            job.Failure is DiskException { ErrorNumber: Errno.Exists } && ++_taken % TakenMax != 0;
        LastFailure = isTaken ? null : job.Failure;
        if (job.Failure is not null)
        {
            _shared.Failures.Report(partition.Index, _shared.Checkpoints.Latest, job.Failure);
            _stage = Stage.Idle;
            _retryAt = isTaken ? 0 : core.SteadyMilliseconds + RetryMilliseconds;
            if (isTaken) core.WantTick(partition);
            return;
        }

        _run = job.Output;
        _output = job.Space;
        counts.Written(partition.Memory.Frozen[0], job.Absent);
        _stage = Stage.Written;
        TryInstall(core);
    }

    /// <summary>Freezes the active generation now.</summary>
    public void Freeze(CoreStorage core)
    {
        core.EndCommand();
        Freeze();
    }

    /// <summary>Freezes and flushes at once, at start-up.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public void FlushNow()
    {
        Freeze();
        Generation generation = partition.Memory.Frozen[0];
        FlushJob job = new(partition, this, generation, partition.Files.TakeFileNumber());
        try
        {
            while (job.Step())
            {
            }
        }
        catch
        {
            job.Cancel();
            throw;
        }

        if (job.Failure is not null) throw job.Failure;
        _run = job.Output;
        _output = job.Space;
        counts.Written(generation, job.Absent);
        PartitionManifest manifest = NextManifest(generation);
        partition.Files.Store.Save(manifest);
        partition.Files.Manifest = manifest;
        Install(generation);
        while (!partition.Memory.Release(ref _released, RecordsPerSlice, partition.Reclaimer.IsShort))
        {
        }

        _stage = Stage.Idle;
        // Recovered changes were counted by the process that received them.
        Flushes = FlushedBytes = 0;
    }

    /// <summary>Closes the run that was not installed.</summary>
    public void Close()
    {
        _run?.Release();
        _run = null;
    }

    // From a half to the whole, by the partition's number.
    private double FirstShare => 0.5 + (0.5 * (partition.Index + 1) / _shared.Partitions);

    private void Release(CoreStorage core)
    {
        if (partition.Memory.Release(ref _released, RecordsPerSlice, partition.Reclaimer.IsShort))
            _stage = Stage.Idle;
        else
            core.WantTick(partition);
    }

    private void Freeze()
    {
        Invariant.Check(partition.OpenChanges is null, "no generation is frozen under a transaction");
        _isFirst = !IsFull;
        Generation generation = partition.Memory.Freeze();
        generation.Ranges.Keep(partition.Keyspaces.IsLive);
        generation.LastSequence = _frozenSequence = partition.Sequence;
        generation.Counts = partition.Keyspaces.Copy();
        generation.ExpiryHorizon = expirer.Horizon;
        generation.Appended = new LogPosition[_shared.Positions.Cores];
        _shared.Positions.CopyAppended(generation.Appended);
        _syncWanted = false;
    }

    private bool IsFull =>
        partition.Memory.Active.Bytes >= partition.MemtableBytes * (_isFirst ? FirstShare : 1);

    private bool IsFreezeDue(CoreStorage core)
    {
        if (!HasChanges) return false;
        if (partition.Memory.Frozen.Count >= partition.Settings.FrozenGenerationsMax) return false;
        Generation active = partition.Memory.Active;
        return IsFull
            || active.LoggedBytes >= partition.Settings.MemtableLogBytes
            || _shared.Checkpoints.Latest > _checkpointFrozen
            || _hidden.IsMuch(core);
    }

    private void TryInstall(CoreStorage core)
    {
        Generation generation = partition.Memory.Frozen[0];
        if (!_shared.Positions.AllSynced(generation.Appended))
        {
            if (!_syncWanted) _shared.WantSync();
            _syncWanted = true;
            if (_shared.Failures.Log is { } failure)
                _shared.Failures.Report(partition.Index, _shared.Checkpoints.Latest, failure);
            return;
        }

        if (_shared.HasRefused)
        {
            IOException refusal = new("a log has refused changes that are in memory: no more is flushed");
            _shared.Failures.Report(partition.Index, _shared.Checkpoints.Latest, refusal);
            return;
        }

        if (!partition.Installer.IsFree) return;
        _stage = Stage.Installing;
        partition.Installer.Begin(core, NextManifest(generation), Installed);
    }

    private PartitionManifest NextManifest(Generation generation)
    {
        Keyspaces keyspaces = generation.Counts!;
        ImmutableArray<uint>.Builder databases = ImmutableArray.CreateBuilder<uint>(keyspaces.Databases);
        List<KeyspaceKeys> keys = [];
        for (int i = 0; i < keyspaces.Databases; i++)
        {
            databases.Add(keyspaces.IdOf(i));
            KeyspaceKeys count = new(keyspaces.IdOf(i), keyspaces.Keys(i), keyspaces.Expires(i));
            if (count.Keys != 0 || count.Expires != 0) keys.Add(count);
            long nodes = keyspaces.Nodes(i);
            if (nodes != 0) keys.Add(new KeyspaceKeys(keyspaces.IdOf(i) | Keyspaces.NodeBit, nodes, 0));
        }

        return partition.Files.Manifest with
        {
            Runs = counts.NamesOf(WithRun(), _run, generation.Counted is not null),
            NextFileNumber = partition.Files.NextFileNumber,
            FlushedSequence = generation.LastSequence,
            Databases = databases.MoveToImmutable(),
            NextKeyspace = keyspaces.Next,
            Keys = [.. keys],
            ExpiryHorizon = generation.ExpiryHorizon,
        };
    }

    private Run[] WithRun() =>
        _run is null ? partition.Runs.Newest.ToArray() : [_run, .. partition.Runs.Newest];

    private void Installed(CoreStorage core)
    {
        Install(partition.Memory.Frozen[0]);
        NoteCheckpoint();
    }

    private void Install(Generation generation)
    {
        partition.Runs.Replace(WithRun());
        generation.IsReleasing = true;
        counts.Installed(generation, _run);
        FlushedBytes += _run?.Info.FileBytes ?? 0;
        _run = null;
        _shared.SetFlushed(partition.Index, generation.LastSequence);
        expirer.RunsChanged(generation);
        keyEvictor.RunsChanged(generation);
        keyEvictor.Tell();
        _output?.End();
        installed(generation.LastSequence);
        _released = 0;
        _stage = Stage.Releasing;
        Flushes++;
    }

    private void NoteCheckpoint()
    {
        long wanted = _shared.Checkpoints.Latest;
        bool isNew = wanted > _checkpointFrozen;
        if (isNew && partition.Sequence == _frozenSequence)
        {
            _checkpointFrozen = wanted;
            _checkpointSequence = _frozenSequence;
        }

        if (_checkpointDone == _checkpointFrozen || _shared.Flushed(partition.Index) < _checkpointSequence)
            return;
        _checkpointDone = _checkpointFrozen;
        _shared.Checkpoints.Done(partition.Index, _checkpointDone);
    }
}
