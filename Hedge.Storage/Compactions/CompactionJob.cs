using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Compactions;

/// <summary>What a compaction merges and what it may leave out.</summary>
internal sealed class CompactionPlan
{
    /// <summary>The runs, newest first and neighbours in age; the job takes references of its own.</summary>
    public required IReadOnlyList<Run> Inputs { get; init; }

    /// <summary>Tells for each input whether what its entries replaced is counted. Then their marks mean
    /// nothing.</summary>
    public required IReadOnlyList<bool> IsCounted { get; init; }

    /// <summary>The name of the run to write; never used before.</summary>
    public required RunId Output { get; init; }

    /// <summary>The path of the file to write.</summary>
    public required string OutputPath { get; init; }

    /// <summary>True when no older run remains beneath the inputs: tombstones have nothing left to
    /// hide.</summary>
    public required bool IncludesOldest { get; init; }

    /// <summary>False for keyspaces whose entries may go. Called on the job's thread.</summary>
    public required Func<uint, bool> IsLiveKeyspace { get; init; }

    /// <summary>The files that entries may refer to values in; null when there are none.</summary>
    public ValueFiles? Values { get; init; }

    /// <summary>Expiry-index entries of times below this, in milliseconds since 1970, have been acted
    /// upon.</summary>
    public required long ExpiryHorizon { get; init; }

    /// <summary>How the output is written.</summary>
    public RunWriterSettings Writing { get; init; } = new();
}

/// <summary>How a compaction stands.</summary>
internal enum CompactionState
{
    /// <summary>More steps are needed.</summary>
    Running,

    /// <summary>The output is written and synced, or there is nothing to write.</summary>
    Done,

    /// <summary>The disk failed or an input is damaged; no output is left.</summary>
    Failed,

    /// <summary>It was cancelled; no output is left.</summary>
    Cancelled,
}

/// <summary>
/// Merges neighbouring runs into one, in steps, on one background thread. The owner then syncs the directory,
/// writes its manifest and exchanges the runs.
/// </summary>
/// <remarks>Of each key the newest entry is kept, unless: its keyspace is dead; it is a tombstone and the
/// oldest run is merged; it is an expiry-index entry from before the horizon, or of a key that no input has;
/// a newer input's range tombstone removes it; it is a node of a dead collection and the oldest run is merged
/// (<see cref="LivingCollections"/>). What becomes of unresolved entries: <see cref="MergeCounts"/>.
/// The range tombstones of the inputs are those of the output, unless the oldest run is merged. References to
/// values are passed on; what they refer to in condemned files is moved.</remarks>
internal sealed class CompactionJob : IDisposable
{
    /// <summary>A bug that tests plant, to see that they find it: tombstones go although older runs still
    /// hold what they hide. Never set otherwise.</summary>
    internal static bool DropsEveryTombstone { get; set; }

    /// <summary>A step ends when it has read and written about this many bytes.</summary>
    public const long StepBytes = 1024 * 1024;

    private readonly IDisk _disk;
    private readonly CompactionPlan _plan;
    private readonly List<RunScanner> _scanners = [];
    private readonly MergedEntries _merge;
    private readonly MergeRanges _ranges;
    private readonly MergeCounts _counts;
    private readonly LivingCollections? _living;
    private readonly ValueMover? _mover;
    private readonly byte[] _reference = new byte[ValueReference.SizeBytes];
    private RunWriter? _writer;
    private uint _lastKeyspace;
    private bool _lastIsLive;
    private volatile bool _cancelled;

    /// <summary>Prepares the merge; touches no file yet.</summary>
    public CompactionJob(IDisk disk, CompactionPlan plan)
    {
        _disk = disk;
        _plan = plan;
        foreach (Run run in plan.Inputs) _scanners.Add(new RunScanner(disk, run));
        _ranges = new MergeRanges([.. plan.Inputs.Select(run => run.Info.Ranges)], plan.IsCounted);
        _counts = new MergeCounts(plan.IsCounted, plan.IncludesOldest, _ranges);
        _living = plan.IncludesOldest ? new LivingCollections() : null;
        _merge = new MergedEntries(_scanners, _counts);
        _mover = plan.Values is null ? null : new ValueMover(plan.Values);
    }

    /// <summary>How the job stands.</summary>
    public CompactionState State { get; private set; } = CompactionState.Running;

    /// <summary>The run written; null when nothing was left to write, or before the end.</summary>
    public RunInfo? Output { get; private set; }

    /// <summary>Why the job failed.</summary>
    public IOException? Failure { get; private set; }

    /// <summary>Bytes read so far.</summary>
    public long BytesRead
    {
        get
        {
            long sum = 0;
            foreach (RunScanner scanner in _scanners) sum += scanner.BytesRead;
            return sum;
        }
    }

    /// <summary>Bytes written so far.</summary>
    public long BytesWritten => Output?.FileBytes ?? _writer?.BytesWritten ?? 0;

    /// <summary>Bytes of values moved out of condemned files.</summary>
    public long MovedBytes => _mover?.Bytes ?? 0;

    /// <summary>Bytes of them in the file that is being written.</summary>
    public long MovingBytes => _mover?.Writing ?? 0;

    /// <summary>Entries hidden by newer ones and left out.</summary>
    public long EntriesShadowed => _merge.Shadowed;

    /// <summary>Tombstones, entries of dead keyspaces and old expiry-index entries left out.</summary>
    public long EntriesDropped { get; private set; }

    /// <summary>What the merge has found out about blind writes: corrections of the key counts.</summary>
    public CountSums Sums => _counts.Sums;

    /// <summary>Makes the next <see cref="Step"/> the last. Any thread.</summary>
    public void Cancel() => _cancelled = true;

    /// <summary>Does a bounded piece of work; false when the job has come to its end, see
    /// <see cref="State"/>. Disk errors and damaged inputs end it, they are not thrown.</summary>
    public bool Step()
    {
        if (State != CompactionState.Running) return false;
        if (_cancelled)
        {
            End(CompactionState.Cancelled);
            return false;
        }

        try
        {
            if (Merge()) return true;
            WriteRanges();
            _mover?.Finish();
            Output = _writer?.Finish();
            End(CompactionState.Done);
        }
        catch (IOException failure)
        {
            Failure = failure;
            End(CompactionState.Failed);
        }

        return false;
    }

    /// <summary>Releases the files of moved values, when the run that refers to them has been opened and
    /// keeps them.</summary>
    public void ReleaseValues() => _mover?.Dispose();

    /// <summary>Frees everything; a job that has not come to its end leaves no output.</summary>
    public void Dispose()
    {
        if (State == CompactionState.Running) End(CompactionState.Cancelled);
        ReleaseValues();
    }

    /// <summary>Merges for one step; false at the end of the inputs.</summary>
    private bool Merge()
    {
        long worked = 0;
        while (worked < StepBytes)
        {
            if (_merge.MoveNext() == CursorState.End) return false;
            RunEntry entry = _merge.Current;
            worked += entry.Key.Length + entry.Value.Length;
            if (!IsKept(entry))
            {
                EntriesDropped++;
                continue;
            }

            _living?.Note(entry);
            _writer ??= new RunWriter(_disk, _plan.OutputPath, _plan.Output, _plan.Writing);
            if (entry.IsReference && _mover is not null && _mover.TryMove(entry.Value, _reference))
            {
                entry = entry with { Value = _reference };
                worked += 2 * entry.ValueLength;
            }

            _writer.Add(entry);
            worked += entry.Key.Length + entry.Value.Length;
        }

        return true;
    }

    // When the oldest run is merged, no run is left from which a range tombstone could remove a key.
    private void WriteRanges()
    {
        if (_plan.IncludesOldest || _ranges.IsEmpty) return;
        RangeTombstones merged = _ranges.Merge(_plan.IsLiveKeyspace);
        if (merged.IsEmpty) return;
        _writer ??= new RunWriter(_disk, _plan.OutputPath, _plan.Output, _plan.Writing);
        _writer.Ranges = merged;
    }

    private bool IsKept(in RunEntry entry)
    {
        bool hidesNothing = _plan.IncludesOldest || DropsEveryTombstone;
        if (entry.Kind == RunEntryKind.Tombstone && hidesNothing) return false;
        uint keyspace = InternalKey.Keyspace(entry.Key);
        if (keyspace == InternalKey.ExpiryKeyspace)
        {
            if (InternalKey.ExpiryTime(entry.Key) < _plan.ExpiryHorizon) return false;
            keyspace = InternalKey.ExpiringKeyspace(entry.Key);
            if (!IsInInputs(keyspace, InternalKey.ExpiringUserKey(entry.Key))) return false;
        }

        if (keyspace != _lastKeyspace)
        {
            _lastIsLive = _plan.IsLiveKeyspace(keyspace);
            _lastKeyspace = keyspace;
        }

        return _lastIsLive
            && (_living is null || (keyspace & Keyspaces.NodeBit) == 0 || _living.HasNode(entry.Key));
    }

    // An index entry and the record it was written with are always merged together. So when no input has the
    // key, the record is gone, and what newer runs may have of the key has index entries of its own.
    private bool IsInInputs(uint keyspace, ReadOnlySpan<byte> key)
    {
        ulong hash = KeyHash.Compute(keyspace, key);
        foreach (Run run in _plan.Inputs)
            if (run.MayContain(hash)) return true;
        return false;
    }

    // Disposing a writer that has not finished deletes its file.
    private void End(CompactionState state)
    {
        State = state;
        _merge.Dispose();
        _writer?.Dispose();
        _writer = null;
        if (state != CompactionState.Done) ReleaseValues();
    }
}
