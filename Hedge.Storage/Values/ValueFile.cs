using Hedge.Storage.Io;

namespace Hedge.Storage.Values;

/// <summary>
/// A file that holds values which runs refer to: a log segment, or the value file that it has become. Any
/// thread.
/// </summary>
internal sealed class ValueFile(ValueFileId id, bool isRecovered)
{
    private DiskFile? _file;
    private long _liveBytes;
    private long _valueBytes;
    private long _end;
    private long _bytes;
    private int _references;
    private int _isValueFile;
    private int _isCondemned;
    private int _isCollected;
    private int _isDamaged;

    /// <summary>The file's name.</summary>
    public ValueFileId Id { get; } = id;

    /// <summary>The open file; not null while a run refers to it.</summary>
    public DiskFile? File => Volatile.Read(ref _file);

    /// <summary>The number of runs that refer to it, and of others that need it to stay.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Bytes of the values that runs refer to. A merge's inputs and output both count.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <summary>The file's length; 0 while it is a log segment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>True when it is no longer a part of a log.</summary>
    public bool IsValueFile => Volatile.Read(ref _isValueFile) != 0;

    /// <summary>True when too little of it is live, so that merges move its values elsewhere. A file with a
    /// damaged value is not emptied: the value cannot be moved, so the file stays anyway.</summary>
    public bool IsCondemned => Volatile.Read(ref _isCondemned) != 0 && !IsDamaged;

    /// <summary>True when a value in it is known to be damaged.</summary>
    public bool IsDamaged => Volatile.Read(ref _isDamaged) != 0;

    /// <summary>True when the file is worth keeping for its large values: they are at least half of its
    /// bytes up to the end of the last one. The log does not tell a recovery what was flushed before, so a
    /// recovered segment is also worth keeping while runs refer to it anyway.</summary>
    public bool IsWorthKeeping =>
        2 * Volatile.Read(ref _valueBytes) >= Volatile.Read(ref _end) || (isRecovered && References > 0);

    /// <summary>The end of the last known large value in the file.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>Notes that a large value was appended. The log's core calls it, or recovery.</summary>
    /// <param name="valueBytes">The value's length.</param>
    /// <param name="end">Where it ends in the file.</param>
    public void Appended(int valueBytes, long end)
    {
        Volatile.Write(ref _valueBytes, _valueBytes + valueBytes);
        Volatile.Write(ref _end, Math.Max(_end, end));
    }

    /// <summary>Notes that a value in it is damaged.</summary>
    public void NoteDamage() => Volatile.Write(ref _isDamaged, 1);

    /// <summary>Takes a reference.</summary>
    public void Acquire(long liveBytes)
    {
        Interlocked.Increment(ref _references);
        Interlocked.Add(ref _liveBytes, liveBytes);
    }

    /// <summary>Gives a reference back; true with the last one.</summary>
    public bool Release(long liveBytes)
    {
        Interlocked.Add(ref _liveBytes, -liveBytes);
        int references = Interlocked.Decrement(ref _references);
        Invariant.Check(references >= 0, "a value file is released once per reference");
        return references == 0;
    }

    /// <summary>Takes the open file. Returns null, or the present file when another thread was first; then
    /// the caller keeps its own.</summary>
    public DiskFile? Opened(DiskFile file) => Interlocked.CompareExchange(ref _file, file, null);

    /// <summary>Notes that the file has left the log, or never was a part of it.</summary>
    public void BecomeValueFile(long bytes)
    {
        Volatile.Write(ref _bytes, bytes);
        Volatile.Write(ref _isValueFile, 1);
    }

    /// <summary>Condemns a value file when less than half of it is live. True when it was not condemned
    /// before. The header and padding of a file of moved values do not count, so that a file with few
    /// values is not moved again.</summary>
    public bool TryCondemn()
    {
        long overhead = Id.Core == ValueFileId.MovedCore ? 2 * ValueFileWriter.HeaderBytes : 0;
        return IsValueFile && 2 * LiveBytes < Bytes - overhead
            && Interlocked.Exchange(ref _isCondemned, 1) == 0;
    }

    /// <summary>Condemns it, however much is live. True when it was not condemned before.</summary>
    public bool Condemn() => Interlocked.Exchange(ref _isCondemned, 1) == 0;

    /// <summary>True for the one caller that must delete it.</summary>
    public bool TryCollect() =>
        IsValueFile && References == 0 && Interlocked.Exchange(ref _isCollected, 1) == 0;

    /// <summary>Closes the file, when nothing reads it any more.</summary>
    public void Close() => Interlocked.Exchange(ref _file, null)?.Dispose();
}
