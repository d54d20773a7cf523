using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Merges;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Exports;

/// <summary>Reads the records of one keyspace from a partition's part of a snapshot, in key order, and
/// skips expired ones. Keys are user keys; large values are references. One background thread.</summary>
internal sealed class SnapshotReader : EntrySource
{
    private readonly List<RunScanner> _scanners = [];
    private readonly MergedEntries _merge;
    private readonly long _nowMilliseconds;

    /// <summary>Stands before the first record.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="runs">The runs, newest first. The caller holds them while this reads.</param>
    /// <param name="keyspace">The keyspace.</param>
    /// <param name="nowMilliseconds">The snapshot's moment.</param>
    /// <param name="readAheadBytes">Bytes to read of a run at once, whole pages.</param>
    /// <param name="prefix">What the wanted user keys begin with.</param>
    public SnapshotReader(IDisk disk, IReadOnlyList<Run> runs, uint keyspace, long nowMilliseconds,
        int readAheadBytes, ReadOnlySpan<byte> prefix = default)
    {
        _nowMilliseconds = nowMilliseconds;
        foreach (Run run in runs)
        {
            RunScanner scanner = new(disk, run, readAheadBytes) { Removed = run.Info.Ranges.Covered };
            _scanners.Add(scanner);
        }

        KeyRange wanted = KeyRange.OfPrefix(keyspace, prefix);
        _merge = new MergedEntries(_scanners) { Bounds = wanted };
        _merge.Seek(wanted.From.Span);
    }

    /// <summary>Bytes read from the disk.</summary>
    public long BytesRead => _scanners.Sum(scanner => scanner.BytesRead);

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key => InternalKey.UserKey(_merge.Key);

    /// <inheritdoc/>
    public override RunEntry Current => _merge.Current with { Key = Key };

    /// <summary>True when a run has entries or tombstones of a keyspace.</summary>
    public static bool Concerns(Run run, uint keyspace)
    {
        if (!run.Info.Ranges.IsEmpty) return true;
        foreach (KeyspaceCount count in run.Info.Keyspaces)
            if (count.Keyspace == keyspace) return true;
        return false;
    }

    /// <inheritdoc/>
    public override void Seek(ReadOnlySpan<byte> key)
    {
        byte[] target = [.. _merge.Bounds.From.Span[..InternalKey.PrefixBytes], .. key];
        _merge.Seek(target);
    }

    /// <inheritdoc/>
    public override CursorState MoveNext()
    {
        while (_merge.MoveNext() == CursorState.Ready && !IsThere())
        {
        }

        return State = _merge.State;
    }

    /// <inheritdoc/>
    public override CursorState MovePrevious()
    {
        while (_merge.MovePrevious() == CursorState.Ready && !IsThere())
        {
        }

        return State = _merge.State;
    }

    /// <inheritdoc/>
    public override void Dispose() => _merge.Dispose();

    private bool IsThere()
    {
        RunEntry head = _merge.Head;
        if (head.Kind == RunEntryKind.Tombstone) return false;
        return head.ExpireAt == 0 || head.ExpireAt > _nowMilliseconds;
    }
}
