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
        if (!context.TryInteger(2, out long timeout, "ERR timeout is not an integer or out of range")) return;
        if (timeout < 0)
        {
            context.Reply.Error("ERR timeout is negative");
            return;
        }

        if (context.Unblocked == Unblocking.WithError)
        {
            context.Reply.Error(ErrorText.Unblocked);
            return;
        }

        // There are no replicas, so that none will ever acknowledge: what is asked for is had at once or not
        // at all.
        long deadline = context.Progress is long known ? known : Deadline(context.NowMilliseconds, timeout);
        if (replicas <= 0 || context.InTransaction || context.Unblocked == Unblocking.AsTimeout
            || context.NowMilliseconds >= deadline)
        {
            context.Reply.Integer(0);
            return;
        }

        context.Progress ??= deadline;
        context.RetryAt = deadline;
    }

    private static long Deadline(long now, long timeout) =>
        timeout == 0 || timeout > long.MaxValue - now ? long.MaxValue : now + timeout;
}
