using Hedge.Host.Commands;
using Hedge.Host.Commands.Administration;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>SAVE and BGSAVE over the engine's checkpoints. Started by a command; its end is noticed by core
/// 0's timer or by the command that waits for it.</summary>
internal sealed class Checkpoints(Engine engine, IClock clock) : ICheckpoints
{
    private const long PollMilliseconds = 10;

    private readonly Lock _noticing = new();
    private long _current;
    private long _startedMilliseconds;
    private long _completed;
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

    public bool LastFailed => false;

    public long LastSaveSeconds => Volatile.Read(ref _lastSave);

    public long LastDurationSeconds => Volatile.Read(ref _lastDuration);

    public long Completed => Volatile.Read(ref _completed);

    public long Start()
    {
        _startedMilliseconds = clock.UnixMilliseconds;
        long checkpoint = engine.BeginCheckpoint();
        Volatile.Write(ref _current, checkpoint);
        return checkpoint;
    }

    public bool TryFinish(CommandContext context, long checkpoint, out bool succeeded)
    {
        NoticeEnd();
        succeeded = engine.IsCheckpointDone(checkpoint);
        if (!succeeded) context.RetryAt = context.NowMilliseconds + PollMilliseconds;
        return succeeded;
    }

    public long StartDrop() => engine.BeginDrop();

    public bool TryFinishDrop(CommandContext context, long drop)
    {
        bool done = engine.IsDropDone(drop);
        if (!done) context.RetryAt = context.NowMilliseconds + PollMilliseconds;
        return done;
    }

    /// <summary>Records the end of the checkpoint under way, if it has come. Any core.</summary>
    public void NoticeEnd()
    {
        if (Volatile.Read(ref _current) == 0 || !engine.IsCheckpointDone(_current)) return;
        lock (_noticing)
        {
            if (_current == 0) return;
            long now = clock.UnixMilliseconds;
            Volatile.Write(ref _lastSave, now / 1000);
            Volatile.Write(ref _lastDuration, (now - _startedMilliseconds) / 1000);
            Volatile.Write(ref _completed, _completed + 1);
            Volatile.Write(ref _current, 0);
        }
    }
}
