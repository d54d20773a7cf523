namespace Hedge.Host.Commands.Administration;

internal sealed class FlushDbCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FLUSHDB", -1,
        CommandFlags.Write,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "[ASYNC | SYNC]",
        Arguments = "async async@4.0.0 sync@6.2.0",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of keys in the selected database",
        Summary = "Remove all keys from the current database",
        Tips = ["request_policy:all_shards", "response_policy:all_succeeded"],
        History =
        [
            ("4.0.0", "Added the `ASYNC` flushing mode modifier."),
            ("6.2.0", "Added the `SYNC` flushing mode modifier."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!FlushAllCommand.TryReadMode(context)) return;
        context.Databases.Flush(context.Session.Database);
        context.Reply.Ok();
    }
}
