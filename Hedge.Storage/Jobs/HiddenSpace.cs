using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;

namespace Hedge.Storage.Jobs;

/// <summary>
/// Tells when changes that are in no run yet hide much of what the runs hold. A dead collection, a removed
/// range and a flushed database are a few bytes in memory and in the log, so that nothing else would flush
/// them soon. The space comes back only by merges after the flush.
/// </summary>
/// <remarks>Asked at the owner's ticks. Looks at the ranges in a calm only, at most once a second and at most
/// at <see cref="RangesMax"/> of them.</remarks>
internal sealed class HiddenSpace(KeyStore partition)
{
    private const long WindowMilliseconds = 1000;
    private const long CalmMilliseconds = 5000;
    private const ulong CalmChanges = 10;
    private const int RangesMax = 256;
    private const int ShareDivisor = 50;
    private const long MuchBytes = 16 << 20;

    private ulong _sequence;
    private ulong _judged;
    private long _windowAt;
    private long _calmSince;

    /// <summary>True when much is hidden and few changes have come for a while.</summary>
    public bool IsMuch(CoreStorage core)
    {
        long now = core.SteadyMilliseconds;
        if (now >= _windowAt && now < _windowAt + WindowMilliseconds) return false;
        bool isCalm = partition.Sequence - _sequence <= CalmChanges && now >= _windowAt;
        (_sequence, _windowAt) = (partition.Sequence, now);
        if (!isCalm) _calmSince = now;
        if (now - _calmSince < CalmMilliseconds || _judged == partition.Sequence) return false;
        _judged = partition.Sequence;
        return HidesDatabase() || HidesRanges();
    }

    private bool HidesDatabase()
    {
        foreach (uint keyspace in partition.Files.Manifest.Databases)
        {
            if (partition.Keyspaces.IsLive(keyspace)) continue;
            if (partition.Runs.MayHold(keyspace) || partition.Runs.MayHold(keyspace | Keyspaces.NodeBit))
                return true;
        }

        return false;
    }

    private bool HidesRanges()
    {
        KeyRanges removed = partition.Memory.Active.Ranges.Covered;
        if (removed.Count == 0) return false;
        int step = 1 + (removed.Count / RangesMax);
        double bytes = 0;
        foreach (Run run in partition.Runs.Newest)
        {
            double share = (double)RemovedPicker.BlocksRemoved(run, removed, step) / Math.Max(1, run.Blocks);
            bytes += share * run.Info.FileBytes;
        }

        return bytes >= Math.Min(MuchBytes, Math.Max(1, partition.Runs.FileBytes / ShareDivisor));
    }
}
