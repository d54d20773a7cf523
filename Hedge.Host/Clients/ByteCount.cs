namespace Hedge.Host.Clients;

/// <summary>How many bytes several holders of memory take together. Any thread.</summary>
internal sealed class ByteCount
{
    private long _bytes;

    /// <summary>The sum.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>One takes more, or less.</summary>
    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
