namespace Hedge.Storage.Io;

/// <summary>The only source of time. Real: the kernel's clocks. Simulated:
/// advanced by the simulation.</summary>
public interface IClock
{
    /// <summary>Wall-clock time, milliseconds since 1970-01-01 UTC. May jump.</summary>
    long UnixMilliseconds { get; }

    /// <summary>Wall-clock time, microseconds since 1970-01-01 UTC. May jump.</summary>
    long UnixMicroseconds { get; }

    /// <summary>Monotonic time in microseconds from an arbitrary origin. Never goes back.</summary>
    long MonotonicMicroseconds { get; }
}
