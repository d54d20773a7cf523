namespace Hedge.Storage.DiskLimits;

/// <summary>
/// Keeps the data directory within a limit: adds up what partitions and logs take on disk, and decides
/// which partitions delete keys or merge, and whether writers wait or are refused. Any thread; no locks.
/// </summary>
/// <remarks>
/// 1. Each partition tells what its runs take, what is not flushed yet, what of both belongs to keys that
///    exist (live), and what the next full merge would free (dead). Each core tells what its log takes.
/// 2. Of the limit a sixteenth is for logs (<see cref="LogBytesMax"/>), whose segments and the memtables are
///    so small that it suffices, and what the files of their buffers take, a sixty-fourth where the limit was
///    known when they were made. Room is set aside for one merge of the largest partition, or for more
///    together up to a sixteenth of the limit (<see cref="MergeSpace"/>): near the limit others wait.
/// 3. Policies that evict keep what is live at 92 % of what is left: the rest is for what is deleted or
///    replaced and not merged yet. Each partition's part of the excess is its part of what is live.
/// 4. When nearly nothing is free, the partitions merge all their runs of which the greatest share is dead,
///    and of the value files those are emptied that have the least in them.
/// 5. What the file system has free bounds it likewise (<see cref="TellSystem"/>): writes that need room are
///    refused before the disk is full, so that deletions and merges find some. Nothing is evicted for it.
/// 6. When nothing is free, writers wait as long as merging or evicting can help. They are refused when it
///    cannot, or when the space has not grown for a while.
/// </remarks>
/// <param name="partitions">Number of partitions.</param>
/// <param name="cores">Number of cores.</param>
public sealed class DiskLimit(int partitions, int cores)
{
    private const int LogDivisor = 16;
    private const int MergeDivisor = 16;
    private const int StageDivisor = 64;
    private const int SegmentDivisor = 128;
    private const int MemtableDivisor = 48;
    private const int TightDivisor = 32;
    private const int ShrinkDivisor = 128;
    private const int WasteDivisor = 5;
    private const int StepDivisor = 512;
    private const long StepBytesMin = 128 * 1024;
    private const long StepBytesMax = 8 * 1024 * 1024;
    private const long SegmentBytesMin = 256 * 1024;
    private const double LiveShare = 0.92;
    private const double ReferenceShare = 0.1;
    private const double DeadShareTight = 0.10;
    private const double DeadShareAtRest = 0.05;
    private const double DeadShareOver = 0.04;
    private const double DeadShareOfMost = 0.7;
    private const long PatienceMilliseconds = 15_000;
    private const long SystemPatienceMilliseconds = 500;
    private const long SystemTightBytesMax = 256L * 1024 * 1024;
    private const long SystemSegmentDivisor = 8;
    private const long SystemStageDivisor = 16;
    private const long FlushMilliseconds = 200;
    private const long WindowMilliseconds = 1000;
    private const long ValueFileDivisor = 64;
    private const long ValueFileBytesMin = 1024 * 1024;
    private const long ValueFileBytesMax = 64 * 1024 * 1024;

    private readonly DiskNeeds[] _needs = new DiskNeeds[partitions];
    private readonly long[] _logs = new long[cores];
    private readonly long[] _stages = new long[cores];
    private readonly MergeSpace _merges = new();
    private long _limit;
    private int _policy;
    private int _samples = 5;
    private long _version;
    private long _used;
    private long _live;
    private long _target;
    private long _left;
    private long _mergeable;
    private double _mostDead;
    private long _outputs;
    private long _unforeseen;
    private int _holds;
    private int _isFull;
    private int _isSystem;
    private int _isTight;
    private long _room = long.MaxValue;
    private long _systemFree = long.MaxValue;
    private int _isNewRoom;
    private long _usedThen;
    private long _effective;
    private long _least = long.MaxValue;
    private long _leastAt;
    private long _flushAt;
    private long _shrunk;
    private long _shrinkAt;
    private long _heldLeast;
    private long _heldBefore;
    private long _windowAt;

    /// <summary>Bytes that the data directory may take; 0 for any number.</summary>
    public long LimitBytes
    {
        get => Volatile.Read(ref _limit);
        set => Volatile.Write(ref _limit, value);
    }

    /// <summary>Which keys go when the limit is reached.</summary>
    public EvictionPolicy Policy
    {
        get => (EvictionPolicy)Volatile.Read(ref _policy);
        set => Volatile.Write(ref _policy, (int)value);
    }

    /// <summary>Keys of which the best one is chosen to be evicted.</summary>
    public int Samples
    {
        get => Volatile.Read(ref _samples);
        set => Volatile.Write(ref _samples, value);
    }

    /// <summary>Bytes of the files of runs, values and logs, with those that are being written, are held by
    /// somebody or wait to be deleted; as last counted.</summary>
    public long UsedBytes => Volatile.Read(ref _used) + Volatile.Read(ref _outputs);

    /// <summary>What the file system had free when it was looked at last; null when it is not looked
    /// at.</summary>
    public long? SystemFreeBytes =>
        Volatile.Read(ref _systemFree) is var free and not long.MaxValue ? free : null;

    /// <summary>Bytes of runs that belong to keys there are, estimated.</summary>
    public long LiveBytes => Volatile.Read(ref _live);

    /// <summary>True when writes that may need room must be refused.</summary>
    public bool IsFull => Volatile.Read(ref _isFull) != 0;

    /// <summary>True when it is the file system that is full, rather than the limit that is
    /// reached.</summary>
    public bool IsSystem => Volatile.Read(ref _isSystem) != 0;

    /// <summary>True when writers should wait, since room is being made.</summary>
    public bool HoldsWriters => Volatile.Read(ref _holds) != 0;

    /// <summary>Counts up with every count: then partitions have a new part of the excess.</summary>
    internal long Version => Volatile.Read(ref _version);

    /// <summary>True when keys are evicted if need be.</summary>
    internal bool Evicts => LimitBytes > 0 && Policy != EvictionPolicy.NoEviction;

    /// <summary>True when nearly nothing is free.</summary>
    internal bool IsTight => Volatile.Read(ref _isTight) != 0;

    /// <summary>Bytes that may be moved from value files to others at a time.</summary>
    internal long MoveBytesMax => Volatile.Read(ref _effective) / MergeDivisor;

    /// <summary>Logged bytes after which a core counts anew, before its next tick.</summary>
    internal long StepBytes => Volatile.Read(ref _effective) == 0 ? long.MaxValue
        : Math.Clamp(Volatile.Read(ref _effective) / StepDivisor / cores, StepBytesMin, StepBytesMax);

    /// <summary>Length at which a file of moved values is ended: short enough to be given up again.</summary>
    internal long ValueFileBytes => LimitBytes == 0
        ? ValueFileBytesMax : Math.Clamp(LimitBytes / ValueFileDivisor, ValueFileBytesMin, ValueFileBytesMax);

    /// <summary>Bytes of a core's log from which on partitions flush, so that it becomes shorter.</summary>
    internal long LogBytesMax => LimitBytes == 0 ? long.MaxValue : LimitBytes / LogDivisor / 4 * 3 / cores;

    /// <summary>The longest log segment.</summary>
    internal long SegmentBytes => Math.Max(SegmentBytesMin, Math.Min(
        LimitBytes == 0 ? long.MaxValue : LimitBytes / SegmentDivisor / cores,
        Volatile.Read(ref _room) / SystemSegmentDivisor / cores));

    /// <summary>The most that the file of a core's log buffers should take.</summary>
    internal long StageBytesMax => Math.Min(
        LimitBytes == 0 ? long.MaxValue : LimitBytes / StageDivisor / cores,
        Math.Max(0, Volatile.Read(ref _room)) / SystemStageDivisor / cores);

    /// <summary>Bytes of changes at which a partition flushes.</summary>
    internal long MemtableBytes => LimitBytes == 0
        ? long.MaxValue : LimitBytes / MemtableDivisor / partitions;

    /// <summary>A partition tells what it needs.</summary>
    internal void Tell(int partition, in DiskNeeds needs)
    {
        ref DiskNeeds own = ref _needs[partition];
        Volatile.Write(ref own.Files, needs.Files);
        Volatile.Write(ref own.Referred, needs.Referred);
        Volatile.Write(ref own.Unflushed, needs.Unflushed);
        Volatile.Write(ref own.Live, needs.Live);
        Volatile.Write(ref own.Dead, needs.Dead);
    }

    /// <summary>A partition tells whether it has found nothing to evict.</summary>
    internal void TellExhausted(int partition, bool isExhausted) =>
        Volatile.Write(ref _needs[partition].IsExhausted, isExhausted);

    /// <summary>A core tells what its log takes, and what the file of its buffers, which stays.</summary>
    internal void TellLog(int core, long bytes, long stageBytes)
    {
        Volatile.Write(ref _logs[core], bytes);
        Volatile.Write(ref _stages[core], stageBytes);
    }

    /// <summary>A job has written more, or what it has written is counted elsewhere.</summary>
    internal void AddOutput(long bytes, bool isForeseen)
    {
        Interlocked.Add(ref _outputs, bytes);
        if (!isForeseen) Interlocked.Add(ref _unforeseen, bytes);
    }

    /// <summary>Takes room for a merge; false when it has to wait.</summary>
    /// <param name="bytes">The most it can write.</param>
    /// <param name="isUrgent">True when it gives room back.</param>
    /// <param name="nowMilliseconds">The time.</param>
    internal bool TryBeginMerge(long bytes, bool isUrgent, long nowMilliseconds) => _merges.TryTake(
        bytes, Volatile.Read(ref _effective) == 0 ? long.MaxValue : Volatile.Read(ref _mergeable), isUrgent,
        nowMilliseconds);

    /// <summary>The merge is over, its output with its partition.</summary>
    internal void EndMerge(long bytes) => _merges.GiveBack(bytes);

    /// <summary>What the file system has free. Any thread.</summary>
    /// <param name="freeBytes">All of it.</param>
    /// <param name="roomBytes">Beside a reserve, negative when that is not whole.</param>
    internal void TellSystem(long freeBytes, long roomBytes)
    {
        Volatile.Write(ref _systemFree, freeBytes);
        Volatile.Write(ref _room, roomBytes);
        Volatile.Write(ref _isNewRoom, 1);
    }

    /// <summary>Adds up and decides.</summary>
    /// <param name="nowMilliseconds">The time.</param>
    /// <param name="figures">What there is beside runs and logs.</param>
    /// <returns>True when everything that is in memory only should be flushed, for room.</returns>
    internal bool Count(long nowMilliseconds, in DiskFigures figures)
    {
        DiskNeeds all = Sum(out long largest, out bool canEvict);
        long logs = 0;
        long stages = 0;
        for (int i = 0; i < _logs.Length; i++)
        {
            logs += Volatile.Read(ref _logs[i]);
            stages += Volatile.Read(ref _stages[i]);
        }

        long files = all.Files + figures.Values + logs + stages + figures.Garbage + figures.Held;
        Volatile.Write(ref _used, files);
        Volatile.Write(ref _live, all.Live);
        long limit = LimitBytes;
        if (Interlocked.Exchange(ref _isNewRoom, 0) != 0)
            Volatile.Write(ref _usedThen, files + Volatile.Read(ref _outputs));
        long room = Volatile.Read(ref _room);
        bool isSystem = room != long.MaxValue
            && (limit == 0 || Volatile.Read(ref _usedThen) + room < limit);
        long end = isSystem ? Volatile.Read(ref _usedThen) + room : limit;
        if (isSystem) limit = Math.Max(1, end);
        Volatile.Write(ref _isSystem, isSystem ? 1 : 0);
        Volatile.Write(ref _effective, limit);
        if (limit == 0)
        {
            _holds = _isFull = _isTight = 0;
            Volatile.Write(ref _left, long.MaxValue);
            Interlocked.Increment(ref _version);
            return false;
        }

        // Of a value that will be referred to only the reference comes on top of the log.
        double inFiles = all.Data == 0 ? 0 : (double)all.Referred / all.Data;
        long unflushed = (long)(all.Unflushed * (1 - (inFiles * (1 - ReferenceShare))));
        long free = end - files - unflushed - Volatile.Read(ref _unforeseen);
        long several = Math.Min(largest * cores, limit / MergeDivisor);
        // What has been moved, or needs not be, is there twice until its old file goes.
        long moved = Math.Min(figures.Moved, MoveBytesMax);
        long most = Math.Max(largest, Math.Max(several, (long)(inFiles * MoveBytesMax)));
        long reserve = Math.Max(largest, Math.Max(several, (long)(inFiles * (MoveBytesMax - moved))));
        // Others use the disk too: we keep free no more than a share of what we could have.
        if (isSystem) reserve = Math.Min(reserve, limit / MergeDivisor);
        long merging = _merges.TakenBytes;
        long left = free - Math.Max(reserve, merging);
        Volatile.Write(ref _left, left);
        long tight = limit / TightDivisor;
        if (isSystem) tight = Math.Min(tight, SystemTightBytesMax);
        Volatile.Write(ref _isTight, left < tight ? 1 : 0);
        Volatile.Write(ref _mergeable, left < tight ? Math.Min(free, most) : free);

        long deadValues = Math.Max(0, figures.Values - figures.LiveValues);
        bool canMerge = merging > 0 || _mostDead > DeadShareOver || deadValues > figures.Values / 8;
        Shrink(nowMilliseconds, !isSystem && left < 0 && merging == 0 && _mostDead < DeadShareOver);
        long aside = (limit / LogDivisor) + stages + most + HeldLong(figures.Held, nowMilliseconds) + _shrunk;
        Volatile.Write(ref _target, (long)((limit - aside) * LiveShare));
        Interlocked.Increment(ref _version);
        Decide(nowMilliseconds, left, canMerge || (Evicts && (canEvict || all.Live <= _target)));
        if (left > 0 || merging > 0 || all.Unflushed == 0 || nowMilliseconds < _flushAt) return false;
        _flushAt = nowMilliseconds + FlushMilliseconds;
        return true;
    }

    /// <summary>Bytes of keys that the partition has to evict for its part.</summary>
    internal long ExcessOf(int partition)
    {
        long live = Volatile.Read(ref _live);
        long excess = live - Volatile.Read(ref _target);
        if (excess <= 0 || !Evicts) return 0;
        return (long)((double)excess * Volatile.Read(ref _needs[partition].Live) / live);
    }

    /// <summary>True when the partition should merge all its runs, to free what is dead in them.</summary>
    internal bool WantsMerge(int partition)
    {
        if (!IsTight) return false;
        // The later a partition is merged, the more of it is dead and the less is rewritten. So it waits,
        // unless it is urgent.
        double least = Volatile.Read(ref _left) > 0 ? DeadShareTight : DeadShareOver;
        return DeadShare(partition) is double dead && dead > least && dead >= _mostDead * DeadShareOfMost;
    }

    /// <summary>True when a fifth or more of the partition's runs is dead.</summary>
    internal bool IsWasteful(int partition) => DeadShare(partition) >= 1.0 / WasteDivisor;

    /// <summary>True when what a merge of some of the partition's runs is going to write has room on the file
    /// system, as it was found last.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="bytes">What the merge reads.</param>
    /// <param name="isWhole">True for a merge of all runs, which leaves out what is dead.</param>
    internal bool HasRoom(int partition, long bytes, bool isWhole) =>
        !IsSystem || (isWhole ? bytes * (1 - DeadShare(partition)) : bytes) <= Volatile.Read(ref _systemFree);

    /// <summary>True when so much of the partition's runs is dead that it should go when there is nothing
    /// else to do.</summary>
    internal bool IsWastefulAtRest(int partition) => DeadShare(partition) >= DeadShareAtRest;

    private double DeadShare(int partition)
    {
        ref DiskNeeds own = ref _needs[partition];
        long data = Volatile.Read(ref own.Files) + Volatile.Read(ref own.Referred);
        return data == 0 ? 0 : (double)Volatile.Read(ref own.Dead) / data;
    }

    private void Decide(long now, long left, bool canHelp)
    {
        bool isOver = left <= 0;
        long patience = IsSystem ? SystemPatienceMilliseconds : PatienceMilliseconds;
        bool isPatient = IsPatient(isOver, -left, now, patience);
        Volatile.Write(ref _holds, isOver && canHelp && isPatient ? 1 : 0);
        Volatile.Write(ref _isFull, isOver && !(canHelp && isPatient) ? 1 : 0);
    }

    // The estimates may be wrong. When everything is done and the limit is still exceeded, the bound for
    // live data is lowered.
    private void Shrink(long now, bool isTooMuch)
    {
        if (now < _shrinkAt) return;
        _shrinkAt = now + WindowMilliseconds;
        long step = LimitBytes / ShrinkDivisor;
        _shrunk = isTooMuch ? Math.Min(_shrunk + step, LimitBytes / 2) : Math.Max(0, _shrunk - (step / 8));
    }

    // Runs that were held for a moment only are no reason to evict.
    private long HeldLong(long held, long now)
    {
        if (now >= _windowAt)
        {
            _windowAt = now + WindowMilliseconds;
            _heldBefore = _heldLeast;
            _heldLeast = held;
        }

        _heldLeast = Math.Min(_heldLeast, held);
        return Math.Min(_heldBefore, _heldLeast);
    }

    private DiskNeeds Sum(out long largest, out bool canEvict)
    {
        DiskNeeds all = default;
        largest = 0;
        canEvict = false;
        double mostDead = 0;
        for (int i = 0; i < _needs.Length; i++)
        {
            ref DiskNeeds own = ref _needs[i];
            long files = Volatile.Read(ref own.Files);
            all.Files += files;
            all.Referred += Volatile.Read(ref own.Referred);
            all.Unflushed += Volatile.Read(ref own.Unflushed);
            all.Live += Volatile.Read(ref own.Live);
            largest = Math.Max(largest, files);
            mostDead = Math.Max(mostDead, DeadShare(i));
            canEvict |= !Volatile.Read(ref own.IsExhausted);
        }

        Volatile.Write(ref _mostDead, mostDead);
        return all;
    }

    private bool IsPatient(bool isOver, long missing, long now, long patience)
    {
        if (!isOver || missing < Volatile.Read(ref _least))
        {
            Volatile.Write(ref _least, isOver ? missing : long.MaxValue);
            Volatile.Write(ref _leastAt, now);
        }

        return now - Volatile.Read(ref _leastAt) < patience;
    }
}
