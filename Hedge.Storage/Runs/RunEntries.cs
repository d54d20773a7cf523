using Hedge.Storage.Ranges;

namespace Hedge.Storage.Runs;

/// <summary>The entries of a run, wherever its blocks come from. Holds a reference to the run until it is
/// disposed.</summary>
internal abstract class RunEntries : EntrySource
{
    private readonly BlockWalker _walker = new();
    private byte[] _target = [];
    private int _targetLength;
    private Step _step;
    private long _first;
    private bool _disposed;

    /// <summary>Stands before the first entry.</summary>
    private protected RunEntries(Run run)
    {
        Run = run;
        run.Acquire();
        Last = run.Blocks - 1;
    }

    private enum Step
    {
        Seek,
        Enter,
        Move,
    }

    /// <summary>The run.</summary>
    public Run Run { get; }

    /// <inheritdoc/>
    public override KeyRange Bounds
    {
        get;
        set
        {
            field = value;
            _first = 0;
            Last = Run.Blocks - 1;
            if (Last < 0) return;
            if (value.From.Length > 0) _first = Math.Max(Run.FindBlock(value.From.Span), 0);
            if (value.To.Length == 0) return;
            Last = Math.Max(Run.FindBlock(value.To.Span), 0);
            if (IsBehind(Run.Info.MinKey)) Last = -1;
            else if (Last > 0 && IsBehind(Run.SeparatorAt(Last))) Last--;
        }
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Key => _walker.Key;

    /// <inheritdoc/>
    public override RunEntry Head => _walker.Head;

    /// <inheritdoc/>
    public override RunEntry Current
    {
        get
        {
            bool isThere = TryGet(Block, out ReadOnlySpan<byte> block);
            Invariant.Check(isThere && State == CursorState.Ready, "an entry is asked for where it stands");
            return _walker.Entry(block);
        }
    }

    /// <inheritdoc/>
    public override bool TryCurrent(out RunEntry entry)
    {
        bool isThere = State == CursorState.Ready && TryGet(Block, out _);
        entry = isThere ? Current : default;
        return isThere;
    }

    /// <summary>The number, from 0, of the block it stands in or needs.</summary>
    private protected long Block { get; private set; }

    /// <summary>The last block that has keys within the bounds.</summary>
    private protected long Last { get; private set; }

    private protected bool IsBackward { get; private set; }

    private ReadOnlySpan<byte> Target => _target.AsSpan(0, _targetLength);

    /// <inheritdoc/>
    public override void Seek(ReadOnlySpan<byte> key)
    {
        key = Clamp(key);
        if (_target.Length < key.Length) _target = new byte[Math.Max(key.Length, 2 * _target.Length)];
        key.CopyTo(_target);
        _targetLength = key.Length;
        Block = Math.Min(Math.Max(Run.FindBlock(key), 0), Last);
        _step = Step.Seek;
        State = CursorState.NeedsBlock;
    }

    /// <inheritdoc/>
    public override CursorState MoveNext() => Move(isBackward: false);

    /// <inheritdoc/>
    public override CursorState MovePrevious() => Move(isBackward: true);

    /// <inheritdoc/>
    public override CursorState Resume() => Go();

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Run.Release();
    }

    /// <summary>Gives a block that is at hand.</summary>
    private protected abstract bool TryGet(long number, out ReadOnlySpan<byte> block);

    private CursorState Move(bool isBackward)
    {
        IsBackward = isBackward;
        if (State == CursorState.End || (_step == Step.Seek && IsBeyond())) return State = CursorState.End;
        if (State == CursorState.Ready && (isBackward ? _walker.IsFirst : _walker.IsLast)) Leave();
        return Go();
    }

    // The bounds tell that there is nothing in the direction.
    private bool IsBeyond() => IsBackward
        ? Target.SequenceCompareTo(Run.Info.MinKey) <= 0
        : Target.SequenceCompareTo(Run.Info.MaxKey) > 0 || IsBehind(Target);

    private CursorState Go()
    {
        while (Block >= _first && Block <= Last)
        {
            if (!TryGet(Block, out ReadOnlySpan<byte> block)) return State = CursorState.NeedsBlock;
            if (TryStep(block))
            {
                _step = Step.Move;
                return State = IsOutside() ? CursorState.End : CursorState.Ready;
            }

            Leave();
        }

        return State = CursorState.End;
    }

    private bool TryStep(ReadOnlySpan<byte> block)
    {
        switch (_step)
        {
            case Step.Seek:
                return IsBackward ? _walker.SeekBefore(block, Target) : _walker.Seek(block, Target);
            case Step.Enter when IsBackward:
                return _walker.Last(block);
            case Step.Enter:
                _walker.Reset();
                return _walker.Next(block);
            default:
                return IsBackward ? _walker.Previous(block) : _walker.Next(block);
        }
    }

    private void Leave()
    {
        Block += IsBackward ? -1 : 1;
        _step = Step.Enter;
    }

    // Only the first and the last block have keys outside the bounds.
    private bool IsOutside() => IsBackward
        ? Block == _first && Key.SequenceCompareTo(Bounds.From.Span) < 0
        : Block == Last && IsBehind(Key);
}
