using Hedge.Storage.Ranges;

namespace Hedge.Storage.Runs;

/// <summary>Where an <see cref="EntrySource"/> stands.</summary>
internal enum CursorState
{
    /// <summary>Before the entry to go to: at the start, after a seek, or because a block is
    /// missing.</summary>
    NeedsBlock,

    /// <summary>On an entry.</summary>
    Ready,

    /// <summary>Behind the last entry within the bounds, or before the first.</summary>
    End,
}

/// <summary>
/// Sorted entries to walk over, each key once, in either direction: a run, a generation, or a merge of them.
/// </summary>
/// <remarks>
/// <code>
/// Bounds = …; Seek(key);                            ; optional: without, it stands before everything
/// while (MoveNext() == Ready) … Key, Current …      ; or MovePrevious, but not both after one Seek
/// </code>
/// A move goes as far as the blocks at hand allow. When it says <see cref="CursorState.NeedsBlock"/>,
/// <see cref="Resume"/> tries again, and asks for the block if it still is not there.
/// </remarks>
internal abstract class EntrySource : IDisposable
{
    /// <summary>Where it stands.</summary>
    public CursorState State { get; protected set; }

    /// <summary>The keys of interest. Nothing is read of blocks that have none of them. An end that is empty
    /// is none. To be set before a seek.</summary>
    public virtual KeyRange Bounds { get; set; }

    /// <summary>What it removes from all older sources of a merge; null for nothing.</summary>
    public KeyRanges? Removed { get; set; }

    /// <summary>The key stood on; valid until the next move.</summary>
    public abstract ReadOnlySpan<byte> Key { get; }

    /// <summary>The entry stood on without its value; valid until the next move.</summary>
    public virtual RunEntry Head => Current;

    /// <summary>The entry stood on. Good for the turn in which a move went there: the block may go
    /// then.</summary>
    public abstract RunEntry Current { get; }

    /// <summary>As <see cref="Current"/>, but false when the block has gone.</summary>
    public virtual bool TryCurrent(out RunEntry entry)
    {
        entry = Current;
        return true;
    }

    /// <summary>Stands between the last key that is below one and the first that is not. Reads
    /// nothing.</summary>
    public abstract void Seek(ReadOnlySpan<byte> key);

    /// <summary>Goes to the next entry.</summary>
    public abstract CursorState MoveNext();

    /// <summary>Goes to the entry before.</summary>
    public abstract CursorState MovePrevious();

    /// <summary>Tries again what needed a block; notes the block if it is missing still.</summary>
    public virtual CursorState Resume() => State;

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The nearest key within the bounds.</summary>
    private protected ReadOnlySpan<byte> Clamp(ReadOnlySpan<byte> key)
    {
        if (key.SequenceCompareTo(Bounds.From.Span) < 0) return Bounds.From.Span;
        return IsBehind(key) ? Bounds.To.Span : key;
    }

    /// <summary>True for a key behind the bounds.</summary>
    private protected bool IsBehind(ReadOnlySpan<byte> key) =>
        Bounds.To.Length > 0 && key.SequenceCompareTo(Bounds.To.Span) >= 0;
}
