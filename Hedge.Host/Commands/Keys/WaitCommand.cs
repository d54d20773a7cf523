using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class WaitCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("WAIT", 3,
        CommandFlags.NoScript,
        AclCategory.Connection)
    {
        Syntax = "numreplicas timeout",
        Arguments = "numreplicas:integer timeout",
        Since = "3.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary =
            "Wait for the synchronous replication of all the write commands sent in the context of " +
            "the current connection",
        Tips = ["request_policy:all_shards", "response_policy:agg_min"],
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(1, out long replicas)) return;
        if (!TryDeadline(context, 2, out long deadline)) return;
        if (context.Unblocked == Unblocking.WithError)
        {
            context.Reply.Error(ErrorText.Unblocked);
            return;
        }

        // There are no replicas, so that none will ever acknowledge: what is asked for is had at once or not
        // at all.
        if (context.Progress is long known) deadline = known;
        if (replicas <= 0 || context.InTransaction || context.Unblocked == Unblocking.AsTimeout
            || context.NowMilliseconds >= deadline)
        {
            context.Reply.Integer(0);
            return;
        }

        context.Progress ??= deadline;
        context.RetryAt = deadline;
    }

    /// <summary>When the wait is over, Unix milliseconds, by the argument with its time-out: 0 for never;
    /// false after an error.</summary>
    public static bool TryDeadline(CommandContext context, int index, out long deadline)
    {
        deadline = long.MaxValue;
        const string notInteger = "ERR timeout is not an integer or out of range";
        if (!context.TryInteger(index, out long timeout, notInteger)) return false;
        if (timeout < 0)
        {
            context.Reply.Error("ERR timeout is negative");
            return false;
        }

        if (timeout != 0 && timeout <= long.MaxValue - context.NowMilliseconds)
            deadline = context.NowMilliseconds + timeout;
        return true;
    }
}
