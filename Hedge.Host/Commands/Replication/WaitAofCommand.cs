using Hedge.Host.Clients;
using Hedge.Host.Commands.Keys;
using Hedge.Host.Declarations;
using Hedge.Storage.Cores;

namespace Hedge.Host.Commands.Replication;

/// <summary>WAITAOF: waits until the changes made before it outlive a loss of power. It asks for a sync of
/// all logs, and looks again until that has been done.</summary>
internal sealed class WaitAofCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("WAITAOF", 4,
        CommandFlags.NoScript,
        AclCategory.Connection)
    {
        Syntax = "numlocal numreplicas timeout",
        Arguments = "numlocal:integer numreplicas:integer timeout",
        Since = "7.2.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Waits until the client's earlier writes are synced to the log",
        Tips = ["request_policy:all_shards", "response_policy:agg_min"],
    };

    private const long LongestPollMilliseconds = 16;

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(1, out long local)) return;
        if (local is < 0 or > 1)
        {
            context.Reply.Error("ERR value is out of range, must be between 0 and 1");
            return;
        }

        if (!context.TryInteger(2, out long replicas, "ERR value is out of range, must be positive")) return;
        if (replicas < 0)
        {
            context.Reply.Error("ERR value is out of range, must be positive");
            return;
        }

        if (!WaitCommand.TryDeadline(context, 3, out long deadline)) return;
        if (context.Unblocked == Unblocking.WithError)
        {
            context.Reply.Error(ErrorText.Unblocked);
            return;
        }

        if (context.Progress is not Waiting waiting)
        {
            waiting = new Waiting(context.Storage?.RequestSync(), deadline);
            context.Progress = waiting;
        }

        bool isSynced = waiting.Sync?.IsOver != false;
        bool hasAll = replicas == 0 && (isSynced || local == 0);
        if (hasAll || context.InTransaction || context.Unblocked == Unblocking.AsTimeout
            || context.NowMilliseconds >= waiting.Deadline)
        {
            context.Reply.ArrayHeader(2);
            context.Reply.Integer(isSynced ? 1 : 0);
            context.Reply.Integer(0);
            return;
        }

        // No replica will ever acknowledge, so there is nothing to look at again once all is synced.
        context.RetryAt = isSynced ? waiting.Deadline
            : Math.Min(waiting.Deadline, context.NowMilliseconds + waiting.NextPoll());
    }

    private sealed class Waiting(SyncWait? sync, long deadline)
    {
        private long _poll = 1;

        /// <summary>The sync of the logs; null without any.</summary>
        public SyncWait? Sync => sync;

        /// <summary>When the wait is over, Unix milliseconds.</summary>
        public long Deadline => deadline;

        /// <summary>How long to wait until the next look: longer each time.</summary>
        public long NextPoll()
        {
            long poll = _poll;
            _poll = Math.Min(2 * poll, LongestPollMilliseconds);
            return poll;
        }
    }
}
