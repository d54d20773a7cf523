using Hedge.Host.Cores;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>One core of a simulated server, a step at a time.</summary>
/// <remarks>
/// awake → a turn → awake (more to do), or drowsy → announces sleep → asleep, or awake (mail has come) →
/// event, wake-up or time-out → awake. While it is asleep, others may borrow its partitions.
/// </remarks>
internal sealed class SimCore(CoreLoop loop, SimCoreIo io, JobWorker worker, IClock clock)
{
    private enum State
    {
        Awake,
        Drowsy,
        Asleep,
    }

    private State _state;
    private long _deadline;
    private bool _workerIsIdle;

    public CoreLoop Loop => loop;

    public SimCoreIo Io => io;

    /// <summary>True when the core's thread has a step to make now.</summary>
    public bool IsReady =>
        _state != State.Asleep
        || (!loop.Group.Links.States[loop.Index].IsBorrowed
            && (io.HasEvents || _deadline <= clock.MonotonicMicroseconds));

    /// <summary>True when the background thread may have a step to make.</summary>
    public bool HasWork => !_workerIsIdle;

    /// <summary>When the core or its disk has something to do although nobody wakes it.</summary>
    public long NextMicroseconds => Math.Min(_deadline, io.NextReadyMicroseconds ?? long.MaxValue);

    /// <summary>The next step of the core's thread.</summary>
    public void Step()
    {
        switch (_state)
        {
            case State.Drowsy:
                if (!loop.TryFallAsleep())
                {
                    io.Submit();
                    _state = State.Awake;
                    return;
                }

                _state = State.Asleep;
                bool isWoken = io.IsWoken;
                io.Wait(0);
                _deadline = isWoken ? 0 : clock.MonotonicMicroseconds + loop.SleepMicroseconds();
                return;
            case State.Asleep:
                loop.WakeUp();
                break;
        }

        _state = State.Awake;
        _workerIsIdle = false;
        bool more = loop.Turn();
        if (more) io.Submit();
        else _state = State.Drowsy;
    }

    /// <summary>A step of the background thread.</summary>
    public void Work() => _workerIsIdle = !worker.Step();

    /// <summary>Wakes the core for good: it is about to be closed.</summary>
    public void Rouse()
    {
        if (_state == State.Asleep) loop.WakeUp();
        _state = State.Awake;
    }

    /// <summary>One turn of the close. False when it is closed.</summary>
    public bool CloseTurn()
    {
        worker.Step();
        bool more = loop.CloseTurn();
        io.Submit();
        io.Poll(loop.Receiver);
        return more;
    }

    /// <summary>Frees what the core has.</summary>
    /// <param name="isCrash">The power has failed: reads under way never complete.</param>
    public void Dispose(bool isCrash)
    {
        SimServer.Try(worker.Cancel);
        SimServer.Try(loop.Dispose);
        SimServer.Try(isCrash ? loop.Storage.Abandon : loop.Storage.Dispose);
    }
}
