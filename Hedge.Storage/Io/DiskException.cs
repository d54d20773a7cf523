namespace Hedge.Storage.Io;

/// <summary>A failed disk operation: what was tried on which path, and the kernel's errno.</summary>
/// <remarks>Thrown by the synchronous operations of <see cref="IDisk"/> (start-up and background jobs);
/// the asynchronous ones report a negative errno instead.</remarks>
public sealed class DiskException : IOException
{
    /// <summary>Creates the exception for <paramref name="operation"/> on <paramref name="path"/>.</summary>
    public DiskException(string operation, string path, int errno)
        : base($"{operation} {path}: errno {errno} ({Errno.Describe(errno)})")
    {
        Operation = operation;
        Path = path;
        ErrorNumber = errno;
    }

    /// <summary>The operation's name, such as "write".</summary>
    public string Operation { get; }

    /// <summary>True when there was no space (or no quota) for it.</summary>
    public bool IsFull => ErrorNumber is Errno.NoSpace or Errno.QuotaExceeded;

    /// <summary>The path the operation was for.</summary>
    public string Path { get; }

    /// <summary>The kernel's error number, positive (5 is EIO, 28 is ENOSPC).</summary>
    public int ErrorNumber { get; }
}
