using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Caches;

/// <summary>Where a cursor stands.</summary>
internal enum CursorState
{
    /// <summary>On an entry.</summary>
    Ready,

    /// <summary>Behind the last entry.</summary>
    End,

    /// <summary>Before a block that is not in the cache: load it, then resume.</summary>
    NeedsBlock,
}

/// <summary>
/// A position in a run on a core that must not block: goes through the block cache and says which block it
/// lacks. Holds a reference to the run until it is disposed. Owner core only.
/// </summary>
/// <remarks>
/// After <see cref="CursorState.NeedsBlock"/> the caller loads <see cref="Needed"/> and calls
/// <see cref="Resume"/> in the turn in which the load ended. <see cref="Key"/> is the cursor's own copy;
/// <see cref="Current"/> lies in the block and is good for the turn: in a later turn <see cref="Refresh"/>
/// comes first.
/// </remarks>
internal sealed class RunCursor : IDisposable
{
    private readonly BlockCache _cache;
    private readonly BlockWalker _walker = new();
    private byte[] _target = new byte[128];
    private int _targetLength;
    private long _block;
    private Step _pending = Step.Enter;
    private bool _disposed;

    /// <summary>Stands before the first entry of <paramref name="run"/>.</summary>
    public RunCursor(BlockCache cache, Run run)
    {
        _cache = cache;
        Run = run;
        run.Acquire();
    }

    private enum Step
    {
        Seek,
        Enter,
        Next,
        Stay,
    }

    /// <summary>The run.</summary>
    public Run Run { get; }

    /// <summary>Where the cursor stands; <see cref="CursorState.NeedsBlock"/> before the first
    /// move.</summary>
    public CursorState State { get; private set; } = CursorState.NeedsBlock;

    /// <summary>The number, from 0, of the block it stands in or needs.</summary>
    public long Position => _block;

    /// <summary>The block to load when one is needed.</summary>
    public BlockLocation Needed => Run.BlockAt(_block);

    /// <summary>The key stood on; valid until the cursor moves.</summary>
    public ReadOnlySpan<byte> Key => _walker.Key;

    /// <summary>The entry stood on; valid to the end of the turn or the next move.</summary>
    public RunEntry Current
    {
        get
        {
            bool isThere = _cache.TryGet(Run, Needed, BlockUse.Scan, out ReadOnlySpan<byte> block);
            Invariant.Check(isThere, "a cursor's entry is asked for in its turn");
            Invariant.Check(State == CursorState.Ready, "a cursor stands on the entry asked for");
            return _walker.Entry(block);
        }
    }

    /// <summary>Goes to the first entry whose key is not below <paramref name="key"/>.</summary>
    public CursorState Seek(ReadOnlySpan<byte> key)
    {
        if (_target.Length < key.Length) _target = new byte[Math.Max(key.Length, 2 * _target.Length)];
        key.CopyTo(_target);
        _targetLength = key.Length;
        _block = Math.Max(Run.FindBlock(key), 0);
        return Go(Step.Seek);
    }

    /// <summary>Goes to the next entry; from the beginning to the first one.</summary>
    public CursorState MoveNext() => Go(State == CursorState.Ready ? Step.Next : _pending);

    /// <summary>Tries again what needed a block.</summary>
    public CursorState Resume() => Go(_pending);

    /// <summary>Makes sure, in a later turn, that <see cref="Current"/> can be had.</summary>
    public CursorState Refresh() => Go(State == CursorState.Ready ? Step.Stay : _pending);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Run.Release();
    }

    private CursorState Go(Step step)
    {
        if (step == Step.Next && _walker.IsLast)
        {
            _block++;
            step = Step.Enter;
        }

        while (true)
        {
            _pending = step;
            if (_block >= Run.Blocks) return State = CursorState.End;
            if (!_cache.TryGet(Run, Needed, BlockUse.Scan, out ReadOnlySpan<byte> block))
                return State = CursorState.NeedsBlock;
            if (Move(step, block)) return State = CursorState.Ready;
            _block++;
            step = Step.Enter;
        }
    }

    private bool Move(Step step, ReadOnlySpan<byte> block)
    {
        switch (step)
        {
            case Step.Seek:
                return _walker.Seek(block, _target.AsSpan(0, _targetLength));
            case Step.Enter:
                _walker.Reset();
                return _walker.Next(block);
            case Step.Next:
                return _walker.Next(block);
            default:
                return true;
        }
    }
}
