using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Engines;
using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>SAVE and BGSAVE over the engine's checkpoints. Started by a command; its end is noticed by the
/// cores' timers, which ask for <see cref="Completed"/>, or by the command that waits for it.</summary>
internal sealed class Checkpoints(Engine engine, IClock clock, Server server) : ICheckpoints
{
    private readonly Lock _noticing = new();
    private long _current;
    private long _startedMilliseconds;
    private long _completed;
    private long _lastEnded;
    private int _lastFailed;
    private long _lastSave = clock.UnixMilliseconds / 1000;
    private long _lastDuration = -1;

    public bool InProgress
    {
        get
        {
            NoticeEnd();
            return Volatile.Read(ref _current) != 0;
        }
    }

    public bool LastFailed
    {
        get
        {
            NoticeEnd();
            return Volatile.Read(ref _lastFailed) != 0;
        }
    }

    public long LastSaveSeconds
    {
        get
        {
            NoticeEnd();
            return Volatile.Read(ref _lastSave);
        }
    }

    public long LastDurationSeconds => Volatile.Read(ref _lastDuration);

    public long Completed
    {
        get
        {
            NoticeEnd();
            return Volatile.Read(ref _completed);
        }
    }

    public long Start()
    {
        _startedMilliseconds = clock.UnixMilliseconds;
        long checkpoint = engine.BeginCheckpoint();
        Volatile.Write(ref _current, checkpoint);
        return checkpoint;
    }

    public bool HasEnded(long checkpoint, out bool succeeded)
    {
        NoticeEnd();
        long lastEnded = Volatile.Read(ref _lastEnded);
        bool hasEnded = lastEnded >= checkpoint;
        succeeded = lastEnded == checkpoint ? _lastFailed == 0 : engine.IsCheckpointDone(checkpoint);
        return hasEnded;
    }

    public long StartDrop() => engine.BeginDrop();

    public bool HasDropped(long drop) => engine.IsDropDone(drop);

    /// <summary>Records the end of the checkpoint under way, if it has come. Any core.</summary>
    public void NoticeEnd()
    {
        long current = Volatile.Read(ref _current);
        if (current == 0) return;
        bool succeeded = engine.IsCheckpointDone(current);
        IOException? failure = succeeded ? null : engine.CheckpointFailure(current);
        if (!succeeded && failure == null) return;
        lock (_noticing)
        {
            if (_current != current) return;
            End(current, failure);
        }
    }

    private void End(long checkpoint, IOException? failure)
    {
        long now = clock.UnixMilliseconds;
        Volatile.Write(ref _lastDuration, (now - _startedMilliseconds) / 1000);
        Volatile.Write(ref _lastFailed, failure == null ? 0 : 1);
        if (failure == null)
        {
            Volatile.Write(ref _lastSave, now / 1000);
            Volatile.Write(ref _completed, _completed + 1);
        }
        else
        {
            server.Log(LogLevel.Warning, $"A checkpoint (SAVE, BGSAVE) has failed: {failure.Message}");
        }

        Volatile.Write(ref _lastEnded, checkpoint);
        Volatile.Write(ref _current, 0);
    }
}
