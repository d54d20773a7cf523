using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Lookups;

/// <summary>Where a look-up gets a run's blocks from.</summary>
internal abstract class BlockSource
{
    /// <summary>Room for an internal key.</summary>
    public Memory<byte> KeyScratch { get; } = new byte[InternalKey.BytesMax];

    /// <summary>Where look-ups that wait for a block go on.</summary>
    public LocatedBlocks Located { get; } = new();

    /// <summary>Filters asked by look-ups that came to an answer.</summary>
    public long FilterChecks { get; private set; }

    /// <summary>Filters that said no.</summary>
    public long FilterNegatives { get; private set; }

    /// <summary>Filters that said maybe for a run that does not have the key.</summary>
    public long FilterFalsePositives { get; private set; }

    /// <summary>Counts what a look-up has asked the filters.</summary>
    public void CountFilters(int checks, int negatives, int falsePositives)
    {
        FilterChecks += checks;
        FilterNegatives += negatives;
        FilterFalsePositives += falsePositives;
    }

    /// <summary>Gives a verified block; false when it must be read first (which has been noted, if the source
    /// does that).
    /// </summary>
    public abstract bool TryGet(Run run, BlockLocation location, out ReadOnlySpan<byte> block);

    /// <summary>Gives a verified block to a walk that passes by: this says nothing of the block's worth, and
    /// <see cref="Need"/> is what notes it when it is missing.</summary>
    public virtual bool TryPass(Run run, BlockLocation location, out ReadOnlySpan<byte> block) =>
        TryGet(run, location, out block);

    /// <summary>Notes that a walk needs a block, and is probably going to need those behind it.</summary>
    /// <param name="run">The run.</param>
    /// <param name="number">The number of the block that is needed now.</param>
    /// <param name="end">The number of the block behind the last.</param>
    public virtual void Need(Run run, long number, long end)
    {
    }

    /// <summary>Gives a verified value that a run's entry refers to; false when it must be read
    /// first.</summary>
    public abstract bool TryGetValue(Run run, ValueReference reference, out ReadOnlySpan<byte> value);
}

/// <summary>Which values that entries refer to a look-up wants.</summary>
internal enum ValuesToRead
{
    /// <summary>Every one.</summary>
    Any,

    /// <summary>Those of keys that have not expired.</summary>
    Unexpired,

    /// <summary>None: only the key matters.</summary>
    None,
}

/// <summary>What the runs say about a key.</summary>
internal enum RunAnswer
{
    /// <summary>The key is in no run, or a tombstone stands for it; the look-up touched no block.</summary>
    Absent,

    /// <summary>As <see cref="Absent"/>, but blocks had to be searched: worth remembering.</summary>
    AbsentAfterSearch,

    /// <summary>The key has this entry.</summary>
    Present,

    /// <summary>A block must be read first.</summary>
    NotResident,
}
