namespace Hedge.Storage.Io;

/// <summary>The kernel's error numbers that Hedge acts on, and the text for each.</summary>
public static class Errno
{
    /// <summary>Operation not permitted.</summary>
    public const int NotPermitted = 1;

    /// <summary>No such file or directory.</summary>
    public const int NoEntry = 2;

    /// <summary>Interrupted system call.</summary>
    public const int Interrupted = 4;

    /// <summary>Input/output error.</summary>
    public const int IoError = 5;

    /// <summary>Bad file descriptor.</summary>
    public const int BadDescriptor = 9;

    /// <summary>Resource temporarily unavailable.</summary>
    public const int Again = 11;

    /// <summary>Permission denied.</summary>
    public const int AccessDenied = 13;

    /// <summary>Device or resource busy.</summary>
    public const int Busy = 16;

    /// <summary>File exists.</summary>
    public const int Exists = 17;

    /// <summary>Both names of a link must be on one file system.</summary>
    public const int CrossDevice = 18;

    /// <summary>Not a directory.</summary>
    public const int NotDirectory = 20;

    /// <summary>Invalid argument.</summary>
    public const int Invalid = 22;

    /// <summary>Too many open files in the system.</summary>
    public const int TooManyFilesInSystem = 23;

    /// <summary>Too many open files.</summary>
    public const int TooManyFiles = 24;

    /// <summary>File too large: beyond what the file system or RLIMIT_FSIZE allows.</summary>
    public const int FileTooLarge = 27;

    /// <summary>No space left on device.</summary>
    public const int NoSpace = 28;

    /// <summary>Read-only file system.</summary>
    public const int ReadOnlySystem = 30;

    /// <summary>The file has as many names as it can have.</summary>
    public const int TooManyLinks = 31;

    /// <summary>Broken pipe.</summary>
    public const int BrokenPipe = 32;

    /// <summary>Function not implemented.</summary>
    public const int NoSystemCall = 38;

    /// <summary>Too many levels of symbolic links: here, any link at all.</summary>
    public const int Loop = 40;

    /// <summary>Timer expired.</summary>
    public const int TimerExpired = 62;

    /// <summary>Protocol not supported.</summary>
    public const int ProtocolNotSupported = 93;

    /// <summary>Address family not supported: a kernel without IPv6.</summary>
    public const int FamilyNotSupported = 97;

    /// <summary>The address is not of this machine.</summary>
    public const int AddressNotAvailable = 99;

    /// <summary>Operation not supported.</summary>
    public const int NotSupported = 95;

    /// <summary>The client gave up before it was accepted.</summary>
    public const int ConnectionAborted = 103;

    /// <summary>Connection reset by peer.</summary>
    public const int ConnectionReset = 104;

    /// <summary>No buffer space available.</summary>
    public const int NoBuffers = 105;

    /// <summary>Stale file handle.</summary>
    public const int Stale = 116;

    /// <summary>Disk quota exceeded.</summary>
    public const int QuotaExceeded = 122;

    /// <summary>Operation canceled.</summary>
    public const int Canceled = 125;

    /// <summary>The text that strerror(3) gives for <paramref name="errno"/>, or "Unknown error
    /// N".</summary>
    public static string Describe(int errno) => errno switch
    {
        1 => "Operation not permitted",
        NoEntry => "No such file or directory",
        Interrupted => "Interrupted system call",
        IoError => "Input/output error",
        Again => "Resource temporarily unavailable",
        6 => "No such device or address",
        BadDescriptor => "Bad file descriptor",
        12 => "Cannot allocate memory",
        AccessDenied => "Permission denied",
        Busy => "Device or resource busy",
        Exists => "File exists",
        18 => "Invalid cross-device link",
        19 => "No such device",
        NotDirectory => "Not a directory",
        21 => "Is a directory",
        Invalid => "Invalid argument",
        TooManyFilesInSystem => "Too many open files in system",
        TooManyFiles => "Too many open files",
        26 => "Text file busy",
        FileTooLarge => "File too large",
        NoSpace => "No space left on device",
        ReadOnlySystem => "Read-only file system",
        31 => "Too many links",
        BrokenPipe => "Broken pipe",
        36 => "File name too long",
        NoSystemCall => "Function not implemented",
        39 => "Directory not empty",
        Loop => "Too many levels of symbolic links",
        61 => "No data available",
        TimerExpired => "Timer expired",
        NotSupported => "Operation not supported",
        98 => "Address already in use",
        ProtocolNotSupported => "Protocol not supported",
        FamilyNotSupported => "Address family not supported by protocol",
        AddressNotAvailable => "Cannot assign requested address",
        ConnectionReset => "Connection reset by peer",
        NoBuffers => "No buffer space available",
        110 => "Connection timed out",
        Stale => "Stale file handle",
        117 => "Structure needs cleaning",
        121 => "Remote I/O error",
        QuotaExceeded => "Disk quota exceeded",
        Canceled => "Operation canceled",
        _ => $"Unknown error {errno}",
    };
}
