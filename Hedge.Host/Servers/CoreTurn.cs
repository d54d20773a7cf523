using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Servers;

/// <summary>A core's present turn: its time, and the settings that hold in it. The core's loop sets them at a
/// turn's start; whatever belongs to the core reads them.</summary>
internal sealed class CoreTurn(int core, IClock clock, ServerSettings settings)
{
    /// <summary>The core's number.</summary>
    public int Core => core;

    /// <summary>The clock, for finer times than that of the turn.</summary>
    public IClock Clock => clock;

    /// <summary>The settings of this turn.</summary>
    public ServerSettings Settings { get; set; } = settings;

    /// <summary>The time of this turn, Unix milliseconds.</summary>
    public long NowMilliseconds { get; set; } = clock.UnixMilliseconds;

    /// <summary>The time of this turn, monotonic microseconds.</summary>
    public long NowMicroseconds { get; set; }
}
