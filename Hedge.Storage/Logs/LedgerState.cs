namespace Hedge.Storage.Logs;

/// <summary>Tells which core and directory a ledger belongs to.</summary>
/// <param name="Directory">The data directory's id.</param>
/// <param name="Core">The core.</param>
/// <param name="Partitions">The number of partitions.</param>
internal readonly record struct LedgerIdentity(UInt128 Directory, int Core, int Partitions);

/// <summary>The contents of a ledger.</summary>
internal sealed record LedgerState
{
    /// <summary>The lowest segment number that is needed. Runs hold everything that older segments
    /// hold.</summary>
    public ulong First { get; init; } = 1;

    /// <summary>The highest segment number that may be in use; below <see cref="First"/> when none is.
    /// </summary>
    public ulong Last { get; init; }

    /// <summary>The segment of <see cref="Synced"/>; 0 before the first note.</summary>
    public ulong Segment { get; init; }

    /// <summary>The log is durable at least up to this offset in <see cref="Segment"/>.</summary>
    public long Synced { get; init; }

    /// <summary>True when the log was closed in order. Then <see cref="Synced"/> is its end.</summary>
    public bool IsClosed { get; init; }

    /// <summary>The boot id of the machine when the log's buffers are in a stage file; 0 when they are
    /// not.</summary>
    public UInt128 StagedIn { get; init; }

    /// <summary>By partition, the highest sequence number that is before <see cref="Synced"/> or in runs; 0
    /// for none.</summary>
    public required ulong[] Highest { get; init; }

    /// <summary>The last segment whose file must exist.</summary>
    public ulong LastNeeded => IsClosed ? Segment : Last;

    /// <summary>True when a start needs the records that a killed process left in the stage file.</summary>
    public bool NeedsStage(UInt128 boot) => !IsClosed && First <= Last && StagedIn != 0 && StagedIn == boot;

    /// <summary>True when the log is known to be durable beyond an offset of a segment.</summary>
    public bool Covers(ulong segment, long offset) =>
        segment < Segment || (segment == Segment && offset < Synced);
}

/// <summary>The next note that a core wants in its ledger.</summary>
internal sealed record LedgerNote(ulong Segment, long Synced, bool IsClosed, ulong[] Highest);
