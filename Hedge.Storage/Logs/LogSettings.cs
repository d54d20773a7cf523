namespace Hedge.Storage.Logs;

/// <summary>When a log is synced (appendfsync).</summary>
public enum SyncPolicy
{
    /// <summary>Syncs at once, one group commit after the other.</summary>
    Always,

    /// <summary>Every second.</summary>
    EverySecond,

    /// <summary>The operating system syncs. Hedge syncs only at a segment's end, on request and at
    /// close.</summary>
    No,
}

/// <summary>How a core's log is kept.</summary>
public sealed class LogSettings
{
    /// <summary>A buffer that outlives a kill has a multiple of this many bytes.</summary>
    public const long StagePageBytes = LogStageFormat.PageBytes;

    private const long StageSlotBytesMin = 2 * StagePageBytes;

    /// <summary>
    /// A segment's size in bytes, 4 KiB to 1 GiB; default 64 MiB. A larger record makes its segment larger.
    /// </summary>
    public long SegmentBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Obsolete segments kept for reuse per core, 0 to 64; default 2.</summary>
    public int SparesMax { get; init; } = 2;

    /// <summary>
    /// Buffered bytes at which a write starts at once; default 256 KiB. Policies everysec and no.
    /// </summary>
    public int WriteBytes { get; init; } = 256 * 1024;

    /// <summary>
    /// The longest time an append waits for its write, in microseconds; default 1000. Policies everysec and
    /// no.
    /// </summary>
    public long WriteDelayMicroseconds { get; init; } = 1000;

    /// <summary>The time between two syncs under everysec, in microseconds; default one second.</summary>
    public long SyncIntervalMicroseconds { get; init; } = 1_000_000;

    /// <summary>
    /// How long a log is idle before it notes what is synced, in microseconds; default one second.
    /// </summary>
    public long MarkDelayMicroseconds { get; init; } = 1_000_000;

    /// <summary>
    /// Buffers of a core that outlive a kill of the process, 0 to 64; default 3. With 0, a reply waits
    /// until the change that it confirms is written.
    /// </summary>
    public int StageSlots { get; init; } = 3;

    /// <summary>Bytes of such a buffer, 8 KiB to 1 GiB, a multiple of 4096; default 4 MiB. A longer record is
    /// buffered elsewhere, and its reply waits until it is written.</summary>
    public long StageSlotBytes { get; init; } = LogBuffer.FullBytes;

    /// <summary>Bytes of a slot: at most a segment's bytes, and at most an equal share of the bytes that
    /// the stage may take. It is never less than two pages.</summary>
    internal long SlotBytes(long stageBytesMax) => Math.Min(StageSlotBytes, Math.Max(StageSlotBytesMin,
        Math.Min(SegmentBytes, stageBytesMax / Math.Max(1, StageSlots)) & -LogStageFormat.PageBytes));

    /// <summary>All mistakes in the settings; empty when there are none.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        if (SegmentBytes is < 4096 or > 1L << 30) problems.Add("log segment size must be 4 KiB to 1 GiB");
        if (SparesMax is < 0 or > 64) problems.Add("log spare segments must be 0 to 64");
        if (WriteBytes < 1) problems.Add("log write size must be positive");
        if (WriteDelayMicroseconds < 0) problems.Add("log write delay must not be negative");
        if (SyncIntervalMicroseconds < 1) problems.Add("log sync interval must be positive");
        if (MarkDelayMicroseconds < 1) problems.Add("log mark delay must be positive");
        if (StageSlots is < 0 or > LogStageFormat.SlotsMax) problems.Add("log stage slots must be 0 to 64");
        if (StageSlotBytes is < StageSlotBytesMin or > 1L << 30
            || StageSlotBytes % LogStageFormat.PageBytes != 0)
            problems.Add("log stage slots must have 8 KiB to 1 GiB, a multiple of 4096");
        return problems;
    }
}
