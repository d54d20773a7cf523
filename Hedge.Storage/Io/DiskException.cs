namespace Hedge.Storage.Io;

/// <summary>A failed disk operation: the operation, the path and the kernel's errno.</summary>
/// <remarks>Thrown by the synchronous operations of <see cref="IDisk"/> (start-up and background jobs). The
/// asynchronous operations report a negative errno instead.</remarks>
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

    /// <summary>True when the operation lacked space or quota.</summary>
    public bool IsFull => ErrorNumber is Errno.NoSpace or Errno.QuotaExceeded;

    /// <summary>The path the operation was for.</summary>
    public string Path { get; }

    /// <summary>The kernel's error number, positive (5 is EIO, 28 is ENOSPC).</summary>
    public int ErrorNumber { get; }
}
