using System.Collections.Concurrent;
using Hedge.Storage.Damages;
using Hedge.Storage.Io;

namespace Hedge.Storage.Values;

/// <summary>
/// The files that hold values which runs refer to. Shared by all partitions and cores; any thread, no locks.
/// </summary>
/// <remarks>
/// 1. A large value is written once, into the log. The flush writes a reference to it
///    (<see cref="TryRefer"/>) when the segment is worth keeping.
/// 2. An open run holds a reference to each file that its entries refer to (<see cref="Acquire"/>), and
///    says how many bytes of it they need. A run can make a reference only while the log still has the
///    operations, or while another run refers to the file. So a file that has lost its last reference never
///    gets a new one.
/// 3. A segment that the log no longer needs but runs refer to is renamed from <c>.log</c> to <c>.val</c>
///    in its directory. This is one step, so that a crash leaves one of the names, and a run finds the file
///    under either.
/// 4. A file without references is deleted in the background. At start, files that no run refers to are
///    deleted.
/// 5. A file that is less than half live is condemned. Merges move the values that they find in it into new
///    files (<see cref="ValueMover"/>), and partitions that have no merge to do rewrite the runs that need
///    the file.
/// </remarks>
internal sealed class ValueFiles(IDisk disk, string dataDirectory, DamageRegister damages,
    Action<string, long> garbage) : IDisposable
{
    private const string ValueSuffix = ".val";
    private const string LogSuffix = ".log";
    private const int OpenAttempts = 4;
    private const int ThresholdMin = 32;
    private const double LiveShareMax = 0.88;

    private readonly ConcurrentDictionary<ValueFileId, ValueFile> _files = new();
    private long _nextNumber;
    private long _movedBytes;
    private long _movedValues;
    private long _deletedFiles;
    private int _threshold;
    private int _condemnations;
    private int _isSuspended;

    /// <summary>The directory of logs and value files.</summary>
    public string Directory { get; } = SegmentNames.DirectoryOf(dataDirectory);

    /// <summary>What has been found damaged.</summary>
    public DamageRegister Damages { get; } = damages;

    /// <summary>The disk.</summary>
    public IDisk Disk { get; } = disk;

    /// <summary>The least length of values that runs refer to; 0 for none. A value that is hardly longer
    /// than a reference is always in its run.</summary>
    public int Threshold
    {
        get => Volatile.Read(ref _threshold);
        set => Volatile.Write(ref _threshold, value == 0 ? 0 : Math.Max(value, ThresholdMin));
    }

    /// <summary>A file of moved values ends when it is longer than this, in bytes; default 64
    /// MiB.</summary>
    public long FileBytesMax { get; set; } = 64L << 20;

    /// <summary>Counts up with each file that is condemned.</summary>
    public int Condemnations => Volatile.Read(ref _condemnations);

    /// <summary>Bytes of values moved out of condemned files.</summary>
    public long MovedBytes => Volatile.Read(ref _movedBytes);

    /// <summary>Values moved out of condemned files.</summary>
    public long MovedValues => Volatile.Read(ref _movedValues);

    /// <summary>Value files that were deleted since the start.</summary>
    public long DeletedFiles => Volatile.Read(ref _deletedFiles);

    /// <summary>True to write all values into runs. That is for limited disks, since a value file frees its
    /// space only when all partitions have rewritten their runs that need it.</summary>
    public bool IsSuspended
    {
        get => Volatile.Read(ref _isSuspended) != 0;
        set => Volatile.Write(ref _isSuspended, value ? 1 : 0);
    }

    /// <summary>True when a run refers to a value of this length instead of holding it.</summary>
    public bool IsLarge(int length)
    {
        int threshold = Threshold;
        return threshold > 0 && length >= threshold && !IsSuspended;
    }

    /// <summary>Finds the existing value files. Call it at start, before any run is opened.</summary>
    public void Load()
    {
        if (!Disk.Exists(Directory)) return;
        foreach (string name in Disk.List(Directory))
        {
            if (!SegmentNames.TryParse(name, ValueSuffix, out int core, out ulong number)) continue;
            ValueFile file = new(new ValueFileId(core, number), true);
            file.BecomeValueFile(0);
            _files[file.Id] = file;
            if (core == ValueFileId.MovedCore) _nextNumber = Math.Max(_nextNumber, (long)number);
        }
    }

    /// <summary>Deletes the value files that no run refers to. Call it at start, when all runs are
    /// open.</summary>
    public void CollectUnreferenced()
    {
        foreach (ValueFile file in _files.Values) Collect(file);
    }

    /// <summary>Notes a log segment that may get large values.</summary>
    public ValueFile AddSegment(int core, ulong number) =>
        _files.GetOrAdd(new ValueFileId(core, number), static id => new ValueFile(id, false));

    /// <summary>Notes a large value in a log that recovery reads.</summary>
    public void Recovered(ValuePlace place, int length)
    {
        if (!place.IsKnown) return;
        _files.GetOrAdd(place.File, static id => new ValueFile(id, true))
            .Appended(length, (long)place.Offset + length);
    }

    /// <summary>Makes the reference to a value in a log; false when the value must be written into the
    /// run.</summary>
    public bool TryRefer(ValuePlace place, ReadOnlySpan<byte> value, out ValueReference reference)
    {
        reference = default;
        if (!place.IsKnown) return false;
        if (!_files.TryGetValue(place.File, out ValueFile? file) || !file.IsWorthKeeping) return false;
        reference = ValueReference.To(place.File, place.Offset, value);
        return true;
    }

    /// <summary>Takes a run's reference to a file. The file is open afterwards.</summary>
    /// <exception cref="DiskException">The file cannot be opened.</exception>
    public ValueFile Acquire(in ValueFileUse use)
    {
        ValueFile file = _files.GetOrAdd(use.File, static id => new ValueFile(id, true));
        file.Acquire(use.Bytes);
        try
        {
            if (file.File is null) Open(file);
            return file;
        }
        catch
        {
            Release(file, use.Bytes);
            throw;
        }
    }

    /// <summary>Gives a reference back. After a value file's last reference the file is deleted in the
    /// background.</summary>
    public void Release(ValueFile file, long liveBytes)
    {
        if (file.Release(liveBytes)) Collect(file);
        else Judge(file);
    }

    /// <summary>The file that a run refers to. The caller knows that a run holds a reference.</summary>
    public ValueFile this[ValueFileId id] => _files[id];

    /// <summary>True when runs refer to a log segment.</summary>
    public bool IsReferenced(int core, ulong number) =>
        _files.TryGetValue(new ValueFileId(core, number), out ValueFile? file) && file.References > 0;

    /// <summary>The new path of a segment that leaves the log and that runs refer to.</summary>
    public string PathOf(ValueFileId id) => SegmentNames.PathOf(Directory, id.Core, id.Number, ValueSuffix);

    /// <summary>Notes that a log segment was renamed durably to <see cref="PathOf"/>, or is gone because no
    /// run referred to it.</summary>
    public void LeftLog(int core, ulong number)
    {
        if (!_files.TryGetValue(new ValueFileId(core, number), out ValueFile? file)) return;
        // A file that somebody has removed stays open while runs refer to it.
        if (file.References == 0 && !Disk.Exists(PathOf(file.Id)))
        {
            _files.TryRemove(file.Id, out _);
            file.Close();
            return;
        }

        if (file.File is null) Open(file);
        file.BecomeValueFile(Disk.Length(file.File!));
        if (file.References == 0) Collect(file);
        else Judge(file);
    }

    /// <summary>Adds a new value file, which the caller writes. The caller holds a reference until it
    /// releases it.</summary>
    public ValueFile AddMoved()
    {
        ulong number = (ulong)Interlocked.Increment(ref _nextNumber);
        ValueFile file = new(new ValueFileId(ValueFileId.MovedCore, number), false);
        file.BecomeValueFile(0);
        file.Acquire(0);
        _files[file.Id] = file;
        return file;
    }

    /// <summary>Counts values that were moved.</summary>
    public void Moved(long values, long bytes)
    {
        Interlocked.Add(ref _movedValues, values);
        Interlocked.Add(ref _movedBytes, bytes);
    }

    /// <summary>The files that runs refer to.</summary>
    public List<ValueFile> InUse() => [.. _files.Values.Where(file => file.References > 0)];

    /// <summary>Has the values of a file that is not in its directory any more moved into others.</summary>
    public void CondemnMissing(ValueFile file)
    {
        if (file.Condemn()) Interlocked.Increment(ref _condemnations);
    }

    /// <summary>The figures of the value files.</summary>
    public ValueLogFigures Figures()
    {
        long files = 0, bytes = 0, live = 0, condemned = 0, dead = 0;
        foreach (ValueFile file in _files.Values)
        {
            if (!file.IsValueFile) continue;
            files++;
            bytes += file.Bytes;
            live += Math.Min(file.LiveBytes, file.Bytes);
            if (!file.IsCondemned) continue;
            condemned++;
            dead += Math.Max(0, file.Bytes - file.LiveBytes);
        }

        return new ValueLogFigures(files, bytes, live, condemned, MovedValues, MovedBytes, DeletedFiles)
        {
            CondemnedDeadBytes = dead,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ValueFile file in _files.Values) file.Close();
        _files.Clear();
    }

    // A segment may be renamed while this method looks for it.
    private void Open(ValueFile file)
    {
        DiskFile? opened = null;
        for (int attempt = 0; opened is null; attempt++)
        {
            string suffix = attempt % 2 == 0 ? ValueSuffix : LogSuffix;
            string path = SegmentNames.PathOf(Directory, file.Id.Core, file.Id.Number, suffix);
            if (!Disk.Exists(path) && attempt < OpenAttempts) continue;
            try
            {
                opened = Disk.Open(path, DiskOpenMode.ReadDirect);
            }
            catch (DiskException error) when (error.ErrorNumber == Errno.NoEntry && attempt < OpenAttempts)
            {
            }
        }

        if (file.Opened(opened) is { })
        {
            opened.Dispose();
            return;
        }

        if (file.IsValueFile && file.Bytes == 0) file.BecomeValueFile(Disk.Length(opened));
    }

    /// <summary>Makes room on disk: condemns the file with the smallest live share, unless too many bytes
    /// would be moved at a time. Files that are nearly full stay.</summary>
    /// <param name="bytesMax">The most bytes of condemned files at a time.</param>
    public void CondemnEmptiest(long bytesMax)
    {
        long moving = 0;
        ValueFile? emptiest = null;
        double least = LiveShareMax;
        foreach (ValueFile file in _files.Values)
        {
            if (!file.IsValueFile || file.Bytes == 0 || file.IsDamaged) continue;
            if (file.IsCondemned) moving += file.Bytes;
            double share = (double)file.LiveBytes / file.Bytes;
            if (file.IsCondemned || share >= least) continue;
            least = share;
            emptiest = file;
        }

        if (emptiest is null || moving + emptiest.Bytes > bytesMax) return;
        if (emptiest.Condemn()) Interlocked.Increment(ref _condemnations);
    }

    private void Judge(ValueFile file)
    {
        if (file.TryCondemn()) Interlocked.Increment(ref _condemnations);
    }

    private void Collect(ValueFile file)
    {
        if (!file.TryCollect()) return;
        _files.TryRemove(file.Id, out _);
        file.Close();
        Interlocked.Increment(ref _deletedFiles);
        garbage(PathOf(file.Id), file.Bytes);
    }
}
