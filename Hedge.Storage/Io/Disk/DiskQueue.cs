namespace Hedge.Storage.Io.Disk;

/// <summary>The kind of a file operation.</summary>
internal enum DiskWork : byte
{
    Read,
    Write,
    WriteThenSync,
    Sync,
}

/// <summary>One file operation that a queue was asked for.</summary>
// SAFETY: the buffer is the caller's and valid until completion, as IDiskQueue demands.
internal unsafe struct DiskRequest
{
    public DiskOperation? Operation;
    public PosixFile? File;
    public byte* Buffer;
    public long Offset;
    public int Length;
    public DiskWork Work;
}

/// <summary>The queue of operations on real files. Each operation becomes one request.</summary>
// SAFETY: passes the callers' buffers on.
internal abstract unsafe class DiskQueue : IDiskQueue
{
    /// <inheritdoc/>
    public int InFlight { get; private protected set; }

    /// <inheritdoc/>
    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(DiskWork.Read, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(DiskWork.Write, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void WriteThenSync(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(DiskWork.WriteThenSync, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void Sync(DiskFile file, DiskOperation operation)
        => Start(DiskWork.Sync, file, 0, null, 0, operation);

    /// <inheritdoc/>
    public virtual void ExpectReadsInto(byte* start)
    {
    }

    /// <inheritdoc/>
    public virtual void EndReadsInto(byte* start)
    {
    }

    /// <summary>Starts an operation; <see cref="InFlight"/> already counts it.</summary>
    protected abstract void Start(in DiskRequest request);

    private void Start(
        DiskWork work, DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
    {
        InFlight++;
        Start(new DiskRequest
        {
            Operation = operation,
            File = (PosixFile)file,
            Buffer = buffer,
            Offset = offset,
            Length = length,
            Work = work,
        });
    }
}
