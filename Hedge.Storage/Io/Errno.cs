namespace Hedge.Storage.Io;

/// <summary>The kernel's error numbers that Hedge acts on, and the words for them.</summary>
public static class Errno
{
    /// <summary>No such file or directory.</summary>
    public const int NoEntry = 2;

    /// <summary>Interrupted system call.</summary>
    public const int Interrupted = 4;

    /// <summary>Input/output error.</summary>
    public const int IoError = 5;

    /// <summary>Resource temporarily unavailable.</summary>
    public const int Again = 11;

    /// <summary>File exists.</summary>
    public const int Exists = 17;

    /// <summary>No space left on device.</summary>
    public const int NoSpace = 28;

    /// <summary>The words that strerror(3) uses for <paramref name="errno"/>, or "Unknown error N".</summary>
    public static string Describe(int errno) => errno switch
    {
        NoEntry => "No such file or directory",
        Interrupted => "Interrupted system call",
        IoError => "Input/output error",
        Again => "Resource temporarily unavailable",
        13 => "Permission denied",
        Exists => "File exists",
        22 => "Invalid argument",
        24 => "Too many open files",
        27 => "File too large",
        NoSpace => "No space left on device",
        30 => "Read-only file system",
        _ => $"Unknown error {errno}",
    };
}
