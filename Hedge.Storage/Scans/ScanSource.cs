using Hedge.Storage.Caches;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Memtables;
using Hedge.Storage.Ranges;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Scans;

/// <summary>One of the sorted sources that a key scan merges.</summary>
internal abstract class ScanSource
{
    /// <summary>Where it stands.</summary>
    public CursorState State { get; protected set; }

    /// <summary>The keyspace of the key it stands on.</summary>
    public abstract uint Keyspace { get; }

    /// <summary>The user key it stands on.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>False for a tombstone.</summary>
    public abstract bool IsPresent { get; }

    /// <summary>When the key expires.</summary>
    public abstract long ExpireAt { get; }

    /// <summary>What the key holds.</summary>
    public abstract RecordType Type { get; }

    /// <summary>What it removes from all older sources.</summary>
    public abstract KeyRanges Removed { get; }

    /// <summary>Goes on.</summary>
    public abstract void MoveNext();

    /// <summary>Goes on to the first internal key that is not below one.</summary>
    public abstract void Skip(ReadOnlySpan<byte> to);

    /// <summary>Tries again to get the block it needs; notes a miss when it is not there.</summary>
    public virtual void Miss(ref bool lacks)
    {
    }
}

/// <summary>A generation's sorted view.</summary>
// SAFETY: a view holds live records until the next write, and a scan does not outlive its command.
internal sealed unsafe class GenerationScanSource : ScanSource
{
    private readonly SortedRecords _view;
    private int _position;

    public GenerationScanSource(Generation generation, uint keyspace, ReadOnlySpan<byte> from)
    {
        SortedRecords view = generation.Sorted();
        Removed = generation.Ranges.Covered;
        _view = view;
        _position = view.LowerBound(keyspace, from);
        State = _position < view.Count ? CursorState.Ready : CursorState.End;
    }

    public override uint Keyspace => _view[_position]->Keyspace;

    public override ReadOnlySpan<byte> Key => RecordKeys.Key(_view[_position]);

    public override bool IsPresent => !RecordKeys.Is(_view[_position], RecordStates.Absent);

    public override long ExpireAt => _view[_position]->ExpireAt;

    public override RecordType Type => (RecordType)_view[_position]->Type;

    public override KeyRanges Removed { get; }

    public override void MoveNext()
    {
        if (++_position >= _view.Count) State = CursorState.End;
    }

    public override void Skip(ReadOnlySpan<byte> to)
    {
        _position = _view.LowerBound(InternalKey.Keyspace(to), InternalKey.UserKey(to));
        if (_position >= _view.Count) State = CursorState.End;
    }
}

/// <summary>A run, through the core's block cache. The cursor is the core's, which disposes it at the
/// command's end.</summary>
internal sealed class RunScanSource : ScanSource
{
    private readonly CoreStorage _core;
    private readonly RunCursor _cursor;
    private readonly ReadOnlyMemory<byte> _prefix;
    private readonly int _blocksAtOnce;

    /// <summary>Stands on the first key that is not below one.</summary>
    /// <param name="core">The calling core's services.</param>
    /// <param name="run">The run.</param>
    /// <param name="from">The internal key.</param>
    /// <param name="prefix">What the internal keys that are wanted begin with: behind them nothing is
    /// read.</param>
    /// <param name="blocksAtOnce">How many neighbouring blocks to ask for when one is missing.</param>
    public RunScanSource(CoreStorage core, Run run, ReadOnlySpan<byte> from, ReadOnlyMemory<byte> prefix,
        int blocksAtOnce)
    {
        _core = core;
        _cursor = core.OpenCursor(run);
        _prefix = prefix;
        _blocksAtOnce = blocksAtOnce;
        bool isOutside = run.Blocks == 0 || IsBehind(run.Info.MinKey)
            || from.SequenceCompareTo(run.Info.MaxKey) > 0;
        State = isOutside ? CursorState.End : Bounded(_cursor.Seek(from));
    }

    public override uint Keyspace => InternalKey.Keyspace(_cursor.Key);

    public override ReadOnlySpan<byte> Key => InternalKey.UserKey(_cursor.Key);

    public override bool IsPresent => _cursor.Current.Kind == RunEntryKind.Put;

    public override long ExpireAt => _cursor.Current.ExpireAt;

    public override RecordType Type => (RecordType)_cursor.Current.Type;

    public override KeyRanges Removed => _cursor.Run.Info.Ranges.Covered;

    public override void MoveNext() => State = Bounded(_cursor.MoveNext());

    public override void Skip(ReadOnlySpan<byte> to) => State = Bounded(_cursor.Seek(to));

    public override void Miss(ref bool lacks)
    {
        State = Bounded(_cursor.Resume());
        if (State != CursorState.NeedsBlock) return;
        Run run = _cursor.Run;
        _core.Blocks.Miss(run, _cursor.Needed);
        lacks = true;
        long end = Math.Min(run.Blocks, _cursor.Position + _blocksAtOnce);
        for (long block = _cursor.Position + 1; block < end && !IsBehind(run.SeparatorAt(block)); block++)
            if (!_core.Blocks.TryMissAhead(run, run.BlockAt(block))) return;
    }

    // The index tells without reading it that a block has nothing of the prefix.
    private CursorState Bounded(CursorState state) =>
        state == CursorState.NeedsBlock && IsBehind(_cursor.Run.SeparatorAt(_cursor.Position))
            ? CursorState.End : state;

    private bool IsBehind(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> prefix = _prefix.Span;
        return key.SequenceCompareTo(prefix) > 0 && !key.StartsWith(prefix);
    }
}
