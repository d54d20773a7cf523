using Hedge.Resp;

namespace Hedge.Host.Commands.Keys;

/// <summary>A walk of KEYS over all partitions, which outlives the runs of the command.</summary>
internal sealed class KeyWalks
{
    /// <summary>How often blocks are waited for while all partitions are held.</summary>
    private const int RunsMax = 4;

    /// <summary>The longest time of a run while all partitions are held.</summary>
    private const long MicrosecondsMax = 20_000;

    /// <summary>How long a run that goes on later begins with one more partition.</summary>
    private const long SliceMicroseconds = 5_000;

    private readonly KeyWalk[] _partitions;
    private readonly WordList _keys = new();
    private long _began;
    private int _runs;

    public KeyWalks(int partitions)
    {
        _partitions = new KeyWalk[partitions];
        for (int i = 0; i < partitions; i++) _partitions[i] = new KeyWalk();
    }

    /// <summary>True when all keys have been visited.</summary>
    public bool IsComplete => Array.TrueForAll(_partitions, walk => walk.Ended);

    /// <summary>Begins a run of a walk that has to be short. False when it would take long, or there have
    /// been many.</summary>
    public bool BeginShort(CommandContext context)
    {
        _began = context.Clock.MonotonicMicroseconds;
        // What is not flushed is sorted first.
        return _runs++ < RunsMax && context.Databases.UnflushedRecords <= context.Server.KeysVisitedMax;
    }

    /// <summary>True when a walk that has to be short has taken long enough.</summary>
    public bool IsTooLong(CommandContext context)
    {
        long visited = 0;
        foreach (KeyWalk walk in _partitions) visited += walk.Visited;
        return visited > context.Server.KeysVisitedMax
            || context.Clock.MonotonicMicroseconds - _began > MicrosecondsMax;
    }

    /// <summary>Goes on in all partitions, until a block is missing in each, or this run has visited so many
    /// keys. False when blocks must be read first.</summary>
    public bool TryRun(CommandContext context, in KeyFilter filter, long keysMax)
    {
        bool resident = true;
        // Every partition is walked up to its first missing block, so that the blocks are read together.
        long until = context.Clock.MonotonicMicroseconds + SliceMicroseconds;
        for (int i = 0; i < _partitions.Length && keysMax > 0; i++)
        {
            if (i > 0 && context.InTransaction && context.Clock.MonotonicMicroseconds > until)
                return resident;
            KeyWalk walk = _partitions[i];
            long before = walk.Visited;
            resident &= walk.TryRun(
                context, i, after: default, fromStart: true, filter, before + keysMax, _keys);
            keysMax -= walk.Visited - before;
        }

        return resident;
    }

    /// <summary>Replies with the keys that were found.</summary>
    public void Reply(RespWriter reply) => _keys.Reply(reply);
}
