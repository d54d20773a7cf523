using Hedge.Host.Slots;

namespace Hedge.Host.Commands.Keys;

/// <summary>
/// What one SCAN call answers: keys of one partition after the other until COUNT keys are visited. It
/// outlives the runs of its command.
/// <code>
/// the cursor's partition ─ it ends, COUNT is not used up → all partitions behind it, held together
///                        ←──────── a block is missing: the others are given back ────────┘
/// </code>
/// A call that had to read the disk in several partitions ends early, with fewer keys.
/// </summary>
internal sealed class ScanPage(int partition, ReadOnlySpan<byte> after, bool fromStart) : IFreeProgress
{
    /// <summary>A call that has read the disk in so many partitions visits no further one.</summary>
    public const int PartitionsReadMax = 16;

    private readonly byte[] _after = after.ToArray();
    private KeyWalk? _walk = new();
    private bool _fromStart = fromStart;
    private long _visited;
    private int _partitionsRead;
    private bool _hasRead;

    /// <summary>The keys to answer.</summary>
    public WordList Keys { get; } = new();

    /// <summary>The partition that it has come to.</summary>
    public int Partition { get; private set; } = partition;

    /// <summary>True when the next run has to hold all partitions from <see cref="Partition"/> on; else that
    /// one is enough.</summary>
    public bool NeedsRest { get; private set; }

    /// <summary>Visits keys.</summary>
    /// <param name="context">The command.</param>
    /// <param name="filter">Which keys to answer.</param>
    /// <param name="count">How many keys to visit.</param>
    /// <param name="next">The cursor that goes on.</param>
    /// <returns>False: a block must be read first, or more partitions must be held.</returns>
    public bool TryFill(CommandContext context, in KeyFilter filter, long count, out ulong next)
    {
        next = 0;
        while (_walk != null || TryBegin(context, count, ref next))
        {
            if (_walk == null) return true;
            if (!_walk.TryRun(context, Partition, _after, _fromStart, filter, count - _visited, Keys))
            {
                NeedsRest = false;
                _hasRead = true;
                return false;
            }

            if (!_walk.Ended)
            {
                next = context.CursorsOf(Partition).Remember(_walk.Last);
                return true;
            }

            EndPartition();
        }

        return false;
    }

    private void EndPartition()
    {
        _visited += _walk!.Visited;
        if (_hasRead) _partitionsRead++;
        _walk = null;
        _hasRead = false;
        _fromStart = true;
        Partition++;
    }

    // Begins with the next partition that may have keys, unless the page is full or there is none. False: it
    // is not held.
    private bool TryBegin(CommandContext context, long count, ref ulong next)
    {
        IDatabases databases = context.Databases;
        int database = context.Session.Database;
        while (Partition < databases.PartitionCount && databases.Holds(Partition)
            && !databases.MayHaveKeys(database, Partition)) Partition++;
        if (Partition == databases.PartitionCount) return true;
        if (_visited >= count || _partitionsRead >= PartitionsReadMax)
        {
            next = CursorTable.StartOf(Partition);
            return true;
        }

        NeedsRest = !databases.Holds(Partition);
        if (NeedsRest) context.GoOnAt(context.NowMilliseconds);
        else _walk = new KeyWalk();
        return !NeedsRest;
    }
}
