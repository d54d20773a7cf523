using Hedge.Host.Servers;

namespace Hedge.Tests.Commands.Administration;

/// <summary>Checkpoints that end when they have been asked for a few times.</summary>
public sealed class FakeCheckpoints : ICheckpoints
{
    private long _started;
    private int _asked;

    /// <summary>How often <see cref="HasEnded"/> says no.</summary>
    public int Patience { get; set; }

    /// <summary>Whether they fail.</summary>
    public bool Fails { get; set; }

    public bool InProgress { get; set; }

    public bool LastFailed { get; private set; }

    public long LastSaveSeconds { get; set; } = 1_700_000_000;

    public long LastDurationSeconds => -1;

    public long Completed { get; private set; }

    public long Start()
    {
        InProgress = true;
        return ++_started;
    }

    public bool HasEnded(long checkpoint, out bool succeeded)
    {
        succeeded = !Fails;
        if (_asked++ < Patience) return false;
        InProgress = false;
        LastFailed = Fails;
        if (!Fails) Completed++;
        return true;
    }

    /// <summary>How many drops have ended.</summary>
    public int Drops { get; private set; }

    public long StartDrop() => 1;

    public bool HasDropped(long drop)
    {
        Drops++;
        return true;
    }
}
