using Hedge.Storage.CollectionFiles;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Exports;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Lookups;
using Hedge.Storage.Merges;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;
using Hedge.Storage.Walks;

namespace Hedge.Storage.Jobs;

/// <summary>Writes an <see cref="Export"/> whose snapshot is ready. Steps: (1) open everything; (2) write,
/// bit by bit, the records of all partitions in key order; (3) make the file durable. For the leaves of a
/// large collection, which lie anywhere, it pauses while its core reads many at once.</summary>
internal sealed class ExportJob(PartitionState partition, Export export) : BackgroundJob(partition)
{
    private const long BytesPerStep = 1024 * 1024;
    private const int EntriesPerStep = 4096;

    /// <summary>What all runs together are read ahead by, as far as each has a little.</summary>
    private const int ReadAheadBytes = 16 * 1024 * 1024;

    private readonly IDisk _disk = partition.Settings.Shared.Disk;
    private readonly ValueFiles _values = partition.Settings.Shared.Values;
    private readonly List<SnapshotReader> _readers = [];
    private readonly List<(RunSet Runs, uint Keyspace)> _nodes = [];
    private PageBuffer? _value;
    private MergedEntries? _merge;
    private ExportFile? _file;
    private CollectionExport? _collections;
    private string? _problem;

    /// <inheritdoc/>
    public override bool IsLong => true;

    /// <inheritdoc/>
    public override bool IsPatient => true;

    /// <inheritdoc/>
    public override bool NeedsPartition => false;

    private protected override bool Work()
    {
        if (_problem != null) throw new IOException(_problem);
        if (_merge is null)
        {
            Begin();
            return true;
        }

        if (Write()) return !_collections!.NeedsReads;
        _file!.Finish();
        export.Records = _file.Records;
        export.End(null);
        return false;
    }

    private protected override void Abandon() => export.End(Failure?.Message ?? "the export was cancelled");

    // It goes on when the core has read for it.
    private protected override void Deliver(CoreStorage core)
    {
        if (export.IsOver) return;
        _collections!.Read(core, problem =>
        {
            _problem = problem;
            core.Enqueue(this);
        });
    }

    private void Begin()
    {
        export.Freed = Free;
        _file ??= new ExportFile(_disk, Partition.Settings.Shared.Directory, export.Path);
        SnapshotPart[] parts = export.Snapshot.Parts;
        uint[] keyspaces = Array.ConvertAll(parts, part => part.Keyspaces.IdOf(export.Database));
        Run[][] runs = [.. parts.Select((part, i) =>
            part.Runs.Where(run => SnapshotReader.Concerns(run, keyspaces[i])).ToArray())];
        int share = RunScanner.ShareOf(ReadAheadBytes, runs.Sum(each => each.Length));
        for (int i = 0; i < parts.Length; i++)
        {
            _readers.Add(new SnapshotReader(
                _disk, runs[i], keyspaces[i], export.Snapshot.NowMilliseconds, share));
            uint nodes = keyspaces[i] | Keyspaces.NodeBit;
            _nodes.Add((NodeSource.RunsOf(parts[i], nodes), nodes));
        }

        _value ??= new PageBuffer(Page.Bytes);
        _collections ??= new CollectionExport(Partition.Settings.Shared, _file);
        // A key is in one partition only, so there is nothing to hide: this only sorts.
        _merge ??= new MergedEntries(_readers);
    }

    private bool Write()
    {
        long bytes = 0;
        for (int i = 0; i < EntriesPerStep && bytes < BytesPerStep; i++)
        {
            if (_collections!.IsOpen)
            {
                bytes += _collections.GoOn();
                if (_collections.NeedsReads) return true;
                continue;
            }

            if (_merge!.MoveNext() == CursorState.End) return false;
            RunEntry entry = _merge.Current;
            ReadOnlySpan<byte> value = entry.Value;
            if (entry.IsReference)
            {
                ValueReference reference = ValueReference.Read(entry.Value);
                value = ValueReader.Read(_disk, _values[reference.File], reference, _value!);
            }

            Add(entry, value);
            bytes += entry.Key.Length + value.Length;
        }

        return true;
    }

    private void Add(in RunEntry entry, ReadOnlySpan<byte> value)
    {
        if (entry.Type == (byte)RecordType.String)
        {
            _file!.Add(entry, entry.Encoding, value);
        }
        else if (RootFormat.IsSmall(value))
        {
            _file!.Add(entry, (byte)RootFormat.Encoding(value), RootFormat.Body(value));
        }
        else
        {
            (RunSet runs, uint keyspace) = _nodes[_merge!.Source];
            _collections!.Begin(runs, keyspace, entry, value);
        }
    }

    private void Free()
    {
        foreach (SnapshotReader reader in _readers) reader.Dispose();
        _readers.Clear();
        _value?.Dispose();
        _value = null;
        _collections?.Dispose();
        _file?.Dispose();
    }
}
