using Hedge.Storage.Runs;

namespace Hedge.Storage.Lookups;

/// <summary>The entries of a run on a core that must not block: when a block is missing, it is noted, and the
/// next ones with it.</summary>
/// <param name="run">The run.</param>
/// <param name="blocks">Where blocks come from.</param>
/// <param name="blocksAtOnce">How many neighbouring blocks to ask for when one is missing.</param>
internal sealed class RunCursor(Run run, BlockSource? blocks, int blocksAtOnce = 1) : RunEntries(run)
{
    /// <summary>Where blocks come from. Who holds the run on another core, or in a job, says so
    /// here.</summary>
    public BlockSource? Blocks { get; set; } = blocks;

    /// <inheritdoc/>
    public override CursorState Resume()
    {
        if (base.Resume() != CursorState.NeedsBlock) return State;
        Blocks!.Need(Run, Block, IsBackward ? Block + 1 : Math.Min(Block + blocksAtOnce, Last + 1));
        return State;
    }

    private protected override bool TryGet(long number, out ReadOnlySpan<byte> block) =>
        Blocks!.TryPass(Run, Run.BlockAt(number), out block);
}
