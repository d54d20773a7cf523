namespace Hedge.Storage.Io;

/// <summary>
/// An asynchronous disk operation's continuation. The caller pools these,
/// so that nothing is allocated per operation.
/// </summary>
public abstract class DiskOperation
{
    /// <summary>Called on the owner core from <see cref="ICoreIo.Poll"/>,
    /// once per started operation.</summary>
    /// <param name="result">Bytes transferred, 0 for a sync, or a negative errno.</param>
    public abstract void Complete(int result);
}

/// <summary>
/// The asynchronous half of the only way to the disk, owned by one core. Operations are started here,
/// submitted with the core's turn and completed from the core's poll, in any order. Buffers are native
/// memory and must stay valid until completion. Never blocks.
/// </summary>
// SAFETY: the caller keeps the buffer in place until completion; nobody else writes to it meanwhile.
public unsafe interface IDiskQueue
{
    /// <summary>Starts a read of <paramref name="length"/> bytes.
    /// A read at the end of the file may be short.</summary>
    void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation);

    /// <summary>Starts a write of <paramref name="length"/> bytes.
    /// A short result means the rest was not written.</summary>
    void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation);

    /// <summary>Starts a write and, only if it wrote everything, a data sync of the file. Completes once:
    /// with the written length after the sync, a short length (nothing synced), or a negative
    /// errno.</summary>
    void WriteThenSync(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation);

    /// <summary>Starts a data sync (fdatasync) of every write that has completed before.</summary>
    void Sync(DiskFile file, DiskOperation operation);

    /// <summary>Announces that reads into this memory will be frequent, until <see cref="EndReadsInto"/>. A
    /// queue may prepare the memory for that. It has 256 KiB, aligned to 256 KiB.</summary>
    void ExpectReadsInto(byte* start)
    {
    }

    /// <summary>Ends <see cref="ExpectReadsInto"/>, before the memory is freed; no operation may use
    /// it.</summary>
    void EndReadsInto(byte* start)
    {
    }

    /// <summary>Operations started and not yet completed.</summary>
    int InFlight { get; }
}
