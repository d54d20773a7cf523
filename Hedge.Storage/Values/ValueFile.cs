using Hedge.Storage.Io;

namespace Hedge.Storage.Values;

/// <summary>
/// What is known of a file that holds values which runs refer to: a log segment, or what has become of it.
/// Any thread.
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

    /// <summary>The file's name.</summary>
    public ValueFileId Id { get; } = id;

    /// <summary>The open file; there while a run refers to it.</summary>
    public DiskFile? File => Volatile.Read(ref _file);

    /// <summary>Runs that refer to it, and others who need it to stay.</summary>
    public int References => Volatile.Read(ref _references);

    /// <summary>Bytes of the values that runs refer to; a merge's inputs and output both count.</summary>
    public long LiveBytes => Volatile.Read(ref _liveBytes);

    /// <summary>The file's length; 0 while it is a log segment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>True when it is not part of a log any more.</summary>
    public bool IsValueFile => Volatile.Read(ref _isValueFile) != 0;

    /// <summary>True when too little of it is live: merges move its values elsewhere.</summary>
    public bool IsCondemned => Volatile.Read(ref _isCondemned) != 0;

    /// <summary>True when large values are at least half of what the log has in it up to the last one, so
    /// that it is worth keeping for them. A log that is recovered from tells nothing about what was flushed
    /// before: its segments are kept further when they are needed anyway.</summary>
    public bool IsWorthKeeping =>
        2 * Volatile.Read(ref _valueBytes) >= Volatile.Read(ref _end) || (isRecovered && References > 0);

    /// <summary>Where the last large value that is known of ends in the file.</summary>
    public long End => Volatile.Read(ref _end);

    /// <summary>A large value was appended. By the log's core, or at recovery.</summary>
    /// <param name="valueBytes">The value's length.</param>
    /// <param name="end">Where it ends in the file.</param>
    public void Appended(int valueBytes, long end)
    {
        Volatile.Write(ref _valueBytes, _valueBytes + valueBytes);
        Volatile.Write(ref _end, Math.Max(_end, end));
    }

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

    /// <summary>Takes the open file; the caller's own when another thread was first.</summary>
    public DiskFile? Opened(DiskFile file) => Interlocked.CompareExchange(ref _file, file, null);

    /// <summary>The file has left the log, or never was a part of it.</summary>
    public void BecomeValueFile(long bytes)
    {
        Volatile.Write(ref _bytes, bytes);
        Volatile.Write(ref _isValueFile, 1);
    }

    /// <summary>Condemns a value file of which less than half is live; true when that is news. What a file
    /// of moved values has beside them does not count: however few they are, they are in the right
    /// place.</summary>
    public bool TryCondemn()
    {
        long overhead = Id.Core == ValueFileId.MovedCore ? 2 * ValueFileWriter.HeaderBytes : 0;
        return IsValueFile && 2 * LiveBytes < Bytes - overhead
            && Interlocked.Exchange(ref _isCondemned, 1) == 0;
    }

    /// <summary>Condemns it however much is live; true when that is news.</summary>
    public bool Condemn() => Interlocked.Exchange(ref _isCondemned, 1) == 0;

    /// <summary>True for the one who is to delete it.</summary>
    public bool TryCollect() =>
        IsValueFile && References == 0 && Interlocked.Exchange(ref _isCollected, 1) == 0;

    /// <summary>Closes the file; nobody reads it any more.</summary>
    public void Close() => Interlocked.Exchange(ref _file, null)?.Dispose();
}
