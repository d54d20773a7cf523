using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>A clock that stands still until the simulation moves it.</summary>
public sealed class SimClock : IClock
{
    /// <summary>2026-01-01 00:00:00 UTC, where every simulation starts.</summary>
    public const long StartUnixMicroseconds = 1_767_225_600_000_000;

    public long UnixMicroseconds { get; private set; } = StartUnixMicroseconds;

    public long UnixMilliseconds => UnixMicroseconds / 1000;

    public long MonotonicMicroseconds { get; private set; }

    /// <summary>Lets time pass on both clocks.</summary>
    public void Advance(long microseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(microseconds);
        MonotonicMicroseconds += microseconds;
        UnixMicroseconds += microseconds;
    }

    /// <summary>Sets the wall clock (forward or back) without any time passing.</summary>
    public void JumpTo(long unixMicroseconds) => UnixMicroseconds = unixMicroseconds;
}
