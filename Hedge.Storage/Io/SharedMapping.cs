namespace Hedge.Storage.Io;

/// <summary>
/// The first bytes of a file as memory that is shared with the file. A store is in the file at once, even
/// if the process is killed right after. Only a power failure can lose it, in any part. Made by
/// <see cref="IDisk.MapShared"/>.
/// </summary>
public abstract unsafe class SharedMapping : IDisposable
{
    /// <summary>The first byte, at a multiple of 4096; null after <see cref="Dispose"/>.</summary>
    // SAFETY: Length bytes, which may be read and written until Dispose.
    public byte* Pointer { get; protected set; }

    /// <summary>Bytes mapped.</summary>
    public long Length { get; protected set; }

    /// <summary>Ends the mapping. No operation may be reading or writing it.</summary>
    public abstract void Dispose();
}
