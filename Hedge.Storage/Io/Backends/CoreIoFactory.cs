using Hedge.Storage.Io.Portable;
using Hedge.Storage.Io.Uring;

namespace Hedge.Storage.Io.Backends;

/// <summary>How a core reaches the kernel.</summary>
public enum IoMode
{
    /// <summary>io_uring where the kernel allows it, otherwise portable.</summary>
    Auto,

    /// <summary>io_uring.</summary>
    Uring,

    /// <summary>Sockets and positional file I/O.</summary>
    Portable,
}

/// <summary>The process's choice of I/O, which is made once at start by <see cref="Probe"/>.</summary>
public sealed class CoreIoFactory
{
    private readonly CoreIoOptions _options;

    private CoreIoFactory(IoMode mode, string reason, CoreIoOptions options)
    {
        Mode = mode;
        Reason = reason;
        _options = options;
    }

    /// <summary>The mode chosen: uring or portable, never auto.</summary>
    public IoMode Mode { get; }

    /// <summary>A line for the log that says which mode runs, and why.</summary>
    public string Reason { get; }

    /// <summary>Chooses the I/O mode by trying what a core needs.</summary>
    /// <param name="wanted">The configured mode.</param>
    /// <param name="options">Sizes; null for the defaults.</param>
    /// <exception cref="NotSupportedException">The options demand io_uring, but it is not available; the
    /// message says why.</exception>
    public static CoreIoFactory Probe(IoMode wanted, CoreIoOptions? options = null)
    {
        options ??= new CoreIoOptions();
        IReadOnlyList<string> problems = options.Problems();
        if (problems.Count > 0) throw new ArgumentException(string.Join("; ", problems), nameof(options));
        if (wanted == IoMode.Portable)
            return new CoreIoFactory(IoMode.Portable, "portable mode as configured", options);

        string? obstacle = UringProbe.FindObstacle(options, out string description);
        if (obstacle == null)
            return new CoreIoFactory(IoMode.Uring, $"io_uring mode ({description})", options);
        if (wanted == IoMode.Uring) throw new NotSupportedException(obstacle);
        return new CoreIoFactory(IoMode.Portable, $"{obstacle}: portable mode", options);
    }

    /// <summary>The portable mode, after a core could not be given a ring.</summary>
    /// <param name="problem">Why.</param>
    public CoreIoFactory FallBack(string problem) =>
        new(IoMode.Portable, $"{problem}: portable mode", _options);

    /// <summary>Opens a socket for clients. Any thread.</summary>
    /// <exception cref="ListenException">The address is in use, not of this machine, or not
    /// allowed.</exception>
    public ListeningSocket Listen(ListenAddress address) => Mode == IoMode.Portable
        ? PortableListeningSocket.Open(address) : UringListeningSocket.Open(address);

    /// <summary>
    /// Makes one core's I/O. Call it on the core's thread; only that thread may use and dispose the result.
    /// </summary>
    /// <exception cref="IOException">The kernel refuses another ring (memory or descriptor
    /// limits).</exception>
    public ICoreIo Create()
    {
        if (Mode == IoMode.Portable) return new PortableCoreIo(_options);
        return UringCoreIo.TryCreate(_options, out int errno)
            ?? throw new IOException($"{UringProbe.Explain(errno)}. Raise the limit, or set io to portable");
    }
}
