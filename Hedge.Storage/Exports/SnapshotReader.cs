using Hedge.Storage.Compactions;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Exports;

/// <summary>Reads the records of one keyspace from a partition's part of a snapshot, in key order, and
/// skips expired ones. Keys are user keys; large values are references. One background thread.</summary>
internal sealed class SnapshotReader : IEntrySource, IDisposable
{
    private readonly List<RunScanner> _scanners = [];
    private readonly MergeScanner _merge;
    private readonly uint _keyspace;
    private readonly long _nowMilliseconds;

    /// <summary>Stands before the first record.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="runs">The runs, newest first. The caller holds them while this reads.</param>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="nowMilliseconds">The snapshot's moment.</param>
    /// <param name="readAheadBytes">Bytes to read of a run at once, whole pages.</param>
    /// <param name="from">The first wanted user key, or one before it.</param>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="RunFormatException">A run is damaged.</exception>
    public SnapshotReader(IDisk disk, IReadOnlyList<Run> runs, uint keyspace, long nowMilliseconds,
        int readAheadBytes, ReadOnlySpan<byte> from = default)
    {
        _keyspace = keyspace;
        _nowMilliseconds = nowMilliseconds;
        Span<byte> first = new byte[InternalKey.PrefixBytes + from.Length];
        InternalKey.Write(first, keyspace, from);
        try
        {
            foreach (Run run in runs)
            {
                RunScanner scanner = new(disk, run, readAheadBytes);
                _scanners.Add(scanner);
                scanner.Seek(first);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        // Nothing is counted here, so it does not matter what the counts know.
        bool[] isCounted = [.. runs.Select(_ => true)];
        MergeRanges ranges = new([.. runs.Select(run => run.Info.Ranges)], isCounted);
        _merge = new MergeScanner(_scanners, new MergeCounts(isCounted, true, ranges));
    }

    /// <summary>Bytes read from the disk.</summary>
    public long BytesRead => _scanners.Sum(scanner => scanner.BytesRead);

    /// <inheritdoc/>
    public RunEntry Current
    {
        get
        {
            RunEntry entry = _merge.Current;
            return entry with { Key = InternalKey.UserKey(entry.Key) };
        }
    }

    /// <summary>True when a run has entries or tombstones of a keyspace.</summary>
    public static bool Concerns(Run run, uint keyspace)
    {
        if (!run.Info.Ranges.IsEmpty) return true;
        foreach (KeyspaceCount count in run.Info.Keyspaces)
            if (count.Keyspace == keyspace) return true;
        return false;
    }

    /// <inheritdoc/>
    public bool MoveNext()
    {
        while (_merge.MoveNext())
        {
            RunEntry entry = _merge.Current;
            if (InternalKey.Keyspace(entry.Key) != _keyspace) return false;
            if (entry.Kind == RunEntryKind.Tombstone) continue;
            if (entry.ExpireAt == 0 || entry.ExpireAt > _nowMilliseconds) return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (RunScanner scanner in _scanners) scanner.Dispose();
    }
}
