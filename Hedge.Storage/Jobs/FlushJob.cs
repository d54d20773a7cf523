using Hedge.Storage.Cores;
using Hedge.Storage.DiskLimits;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Memtables;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Jobs;

/// <summary>
/// Writes a frozen generation as a run. Steps: (1) collect and sort; (2) write, bit by bit; (3) sync file
/// and directory, open the run. The owner installs it when the logs allow. The older runs' filters tell
/// whether a blind write has replaced anything; when one of them may have the key, the entry stays
/// unresolved. For a large value in a log segment that is worth keeping, only a reference is written.
/// </summary>
internal sealed class FlushJob : BackgroundJob
{
    private const int EntriesPerStep = 4096;
    private const long BytesPerStep = 1024 * 1024;
    private const int HashesAhead = 16;

    private readonly IDisk _disk;
    private readonly ValueFiles _values;
    private readonly byte[] _reference = new byte[ValueReference.SizeBytes];
    private readonly GenerationSource _source;
    private readonly RangeTombstones _ranges;
    private Run[] _older;
    private readonly RunId _id;
    private readonly string _directory;
    private readonly string _path;
    private readonly RunWriterSettings _writing;
    private RunWriter? _writer;
    private readonly Flusher _owner;
    private readonly Generation _generation;
    private long _reported;
    private bool _isPrepared;
    private bool _isFinished;

    public FlushJob(PartitionState partition, Flusher owner, Generation generation, ulong fileNumber)
        : base(partition)
    {
        _disk = partition.Settings.Shared.Disk;
        _values = partition.Settings.Shared.Values;
        _owner = owner;
        _generation = generation;
        _source = new GenerationSource(generation);
        _ranges = generation.Ranges;
        _older = partition.Runs.Newest.ToArray();
        foreach (Run run in _older) run.Acquire();
        Space = new DiskOutput(partition.Settings.Shared.DiskLimit, isForeseen: true);
        _id = new RunId((uint)partition.Index, fileNumber);
        _directory = partition.Files.Directory;
        _path = partition.Files.PathOf(fileNumber);
        _writing = new RunWriterSettings
        {
            Compression = partition.Settings.Shared.CompressionUpper,
            KeysMax = generation.Records.Count,
            OtherFilters = RunSet.FiltersOf(_older),
        };
    }

    /// <summary>The blind writes that certainly replaced nothing.</summary>
    public CountSums Absent { get; } = new();

    /// <summary>What it has written.</summary>
    public DiskOutput Space { get; }

    /// <summary>The open run; null when nothing had to be written.</summary>
    public Run? Output { get; private set; }

    private protected override bool Work()
    {
        if (!_isPrepared)
        {
            _source.Prepare();
            _isPrepared = true;
            return true;
        }

        if (!_isFinished)
        {
            bool more = Write();
            Report();
            if (more) return true;
            _isFinished = true;
            WriteRanges();
            if (_writer is null)
            {
                ReleaseOlder();
                return false;
            }

            Space.Note(_writer.Finish().FileBytes);
            _writer.Dispose();
            _writer = null;
            return true;
        }

        _disk.SyncDirectory(_directory);
        Output = Run.Open(_disk, _path, _id, _values);
        ReleaseOlder();
        return false;
    }

    private protected override void Abandon()
    {
        ReleaseOlder();
        Output?.Release();
        Output = null;
        _writer?.Dispose();
        _writer = null;
        Space.End();
    }

    private protected override void Deliver(CoreStorage core) => _owner.Written(core, this);

    private bool Write()
    {
        long bytes = 0;
        for (int i = 0; i < EntriesPerStep && bytes < BytesPerStep; i++)
        {
            if (i % HashesAhead == 0) Prefetch();
            if (!_source.MoveNext()) return false;
            RunEntry entry = _source.Current;
            bool isAsked = entry.IsUnresolved || entry.Kind == RunEntryKind.Tombstone;
            if (isAsked && !HidesSomething(_source.CurrentHash))
            {
                if (entry.IsUnresolved) Absent.Replaced(InternalKey.Keyspace(entry.Key), false, false);
                if (entry.Kind == RunEntryKind.Tombstone) continue;
                entry = entry with { IsUnresolved = false };
            }

            bytes += entry.Key.Length + entry.Value.Length;
            _writer ??= new RunWriter(_disk, _path, _id, _writing);
            // A merge must see a root that has nodes.
            if (LivingCollections.Of(entry) == 0
                && _values.TryRefer(_source.CurrentPlace, entry.Value, out ValueReference reference))
            {
                reference.Write(_reference);
                entry = entry with { Value = _reference, IsReference = true };
            }

            _writer.Add(entry);
        }

        return true;
    }

    // Without an older run there is nothing that a range tombstone could remove.
    private void WriteRanges()
    {
        if (_older.Length == 0 || _ranges.IsEmpty) return;
        _writer ??= new RunWriter(_disk, _path, _id, _writing);
        _writer.Ranges = _ranges;
    }

    // Writers are let in at the pace of this.
    private void Report()
    {
        long flushed = (long)(_generation.LoggedBytes * _source.Progress);
        Partition.Throttle.Flushed(flushed - _reported);
        _reported = flushed;
        if (_writer is not null) Space.Note(_writer.BytesWritten);
    }

    // The filters are large, and the processor cannot foresee the order of the accesses.
    private void Prefetch()
    {
        if (_older.Length == 0) return;
        Span<ulong> hashes = stackalloc ulong[HashesAhead];
        foreach (ulong hash in hashes[.._source.HashesAhead(hashes)])
            foreach (Run run in _older) run.Prefetch(hash);
    }

    private bool HidesSomething(ulong hash)
    {
        foreach (Run run in _older)
            if (run.MayContain(hash)) return true;
        return false;
    }

    private void ReleaseOlder()
    {
        foreach (Run run in _older) run.Release();
        _older = [];
    }
}
