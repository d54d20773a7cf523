using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Keys;
using Hedge.Storage.Manifests;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Jobs;

/// <summary>Finds the runs of a partition that are to be merged next. Runs that are damaged, or could not be
/// read a while ago, are left alone; what lies between them is merged as if it were a partition of its
/// own.</summary>
internal sealed class MergePicker(PartitionState partition)
{
    private readonly EngineShared _shared = partition.Settings.Shared;

    /// <summary>What the policy wants, or else a run that keeps value files with little in them; null for
    /// nothing.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="now">Unix milliseconds.</param>
    /// <param name="isUrgent">True when it should not wait for its turn.</param>
    public RunRange? Pick(CompactionPolicy policy, long now, out bool isUrgent)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        CompactionOptions options = partition.Settings.Compaction;
        isUrgent = runs.Length > options.PartitionRunsMax;
        bool isWasteful = _shared.DiskLimit.IsWasteful(partition.Index);
        long[] sizes = new long[runs.Length];
        for (int i = 0; i < sizes.Length; i++) sizes[i] = runs[i].Info.FileBytes;
        RunRange sound = SoundRuns.From(runs, 0, now);
        bool isWhole = sound.Count == runs.Length;
        for (; sound.Count > 0; sound = SoundRuns.From(runs, sound.End, now))
        {
            RunRange? picked = RemovedPicker.Pick(runs.Slice(sound.Newest, sound.Count))
                ?? CompactionPicker.Pick(
                    policy, sizes.AsSpan(sound.Newest, sound.Count), isWasteful, options);
            if (picked is { } range) return Within(sound, range);
        }

        isUrgent = true;
        RunRange? emptying = RunToEmpty(runs, now);
        // For room, all the partition's runs at once: the files are given up when all partitions have been
        // through with them.
        bool takesAll = emptying is not null && isWhole && _shared.DiskLimit.IsTight;
        return takesAll ? new RunRange(0, runs.Length) : emptying;
    }

    /// <summary>Runs of which at least so many hundredths are removed by range tombstones; null for
    /// none.</summary>
    public RunRange? PickRemoved(int percent, long now)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        RunRange sound = SoundRuns.From(runs, 0, now);
        for (; sound.Count > 0; sound = SoundRuns.From(runs, sound.End, now))
        {
            if (RemovedPicker.Pick(runs.Slice(sound.Newest, sound.Count), percent) is { } range)
                return Within(sound, range);
        }

        return null;
    }

    /// <summary>Runs that become smaller when they are merged; null for none.</summary>
    public RunRange? PickForRoom(long now)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest;
        RunRange sound = SoundRuns.From(runs, 0, now);
        for (; sound.Count > 0; sound = SoundRuns.From(runs, sound.End, now))
        {
            // Above a run that is left alone, a single run keeps all its tombstones.
            bool canShrink = sound.End == runs.Length
                ? CanShrink(runs.Slice(sound.Newest, sound.Count)) : sound.Count > 1;
            if (canShrink) return RangeWithRoom(sound);
        }

        return null;
    }

    /// <summary>True while a keyspace's keys may be looked up.</summary>
    public static bool IsLive(PartitionManifest manifest, uint keyspace) =>
        (keyspace & ~Keyspaces.NodeBit) >= manifest.NextKeyspace
        || manifest.Databases.Contains(keyspace & ~Keyspaces.NodeBit);

    /// <summary>The most that a merge can write: all it reads, and the values that it moves.</summary>
    public static long BytesOf(ReadOnlySpan<Run> inputs, BlockCompression compression)
    {
        long bytes = 0;
        foreach (Run run in inputs)
        {
            bytes += run.Info.FileBytes + run.CondemnedBytes();
            if (compression == BlockCompression.None)
                bytes += Math.Max(0, run.Info.BlockBytes - run.Info.StoredBlockBytes);
        }

        return bytes;
    }

    private static RunRange Within(RunRange stretch, RunRange picked) =>
        picked with { Newest = stretch.Newest + picked.Newest };

    // On a disk that is nearly full the newest runs first, as many as there is room for: what they free makes
    // room for more.
    private RunRange RangeWithRoom(RunRange stretch)
    {
        ReadOnlySpan<Run> runs = partition.Runs.Newest.Slice(stretch.Newest, stretch.Count);
        BlockCompression compression = _shared.Compression;
        if (_shared.DiskLimit.HasRoom(partition.Index, BytesOf(runs, compression), isWhole: true))
            return stretch;
        int count = Math.Min(2, runs.Length);
        long bytes = BytesOf(runs[..count], compression);
        for (; count < runs.Length; count++)
        {
            bytes += BytesOf(runs.Slice(count, 1), compression);
            if (!_shared.DiskLimit.HasRoom(partition.Index, bytes, isWhole: false)) break;
        }

        return stretch with { Count = count };
    }

    // A single run has every key once. A merge makes it smaller only by keys that were removed or whose
    // keyspace is dead.
    private bool CanShrink(ReadOnlySpan<Run> runs)
    {
        if (runs.Length != 1) return runs.Length > 1;
        RunInfo info = runs[0].Info;
        PartitionManifest manifest = partition.Files.Manifest;
        if (info.Tombstones > 0 || !info.Ranges.IsEmpty || runs[0].RefersToCondemned()) return true;
        if (info.ExpiryMin != 0 && info.ExpiryMin < manifest.ExpiryHorizon) return true;
        foreach (KeyspaceCount count in info.Keyspaces)
        {
            bool isIndex = count.Keyspace == InternalKey.ExpiryKeyspace;
            if (!isIndex && !IsLive(manifest, count.Keyspace)) return true;
        }

        return false;
    }

    // With no merge due, one run that refers to condemned value files is rewritten, to move the values.
    private static RunRange? RunToEmpty(ReadOnlySpan<Run> runs, long now)
    {
        for (int i = runs.Length - 1; i >= 0; i--)
        {
            bool isWanted = runs[i].RefersToCondemned() || runs[i].Damage.IsMissing;
            if (isWanted && !runs[i].Damage.IsAvoided(now)) return new RunRange(i, 1);
        }

        return null;
    }
}
