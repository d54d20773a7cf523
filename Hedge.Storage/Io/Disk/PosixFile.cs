using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Disk;

/// <summary>A file descriptor, used by <see cref="PosixDisk"/> and by the queues of both I/O modes.</summary>
internal sealed class PosixFile(string path, int descriptor, bool isDirect) : DiskFile(path)
{
    /// <summary>The open descriptor, or -1 after <see cref="Dispose"/>.</summary>
    public int Descriptor { get; private set; } = descriptor;

    /// <summary>True when transfers bypass the page cache, and must be aligned.</summary>
    public bool IsDirect { get; } = isDirect;

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (Descriptor < 0) return;
        // Linux frees the descriptor whatever close(2) returns. The sync before has reported any write
        // error.
        _ = Libc.Close(Descriptor);
        Descriptor = -1;
    }
}
