using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class DbSizeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DBSIZE", 1,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace)
    {
        Scope = CommandScope.AllPartitions,
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return the number of keys in the selected database",
        Tips = ["request_policy:all_shards", "response_policy:agg_sum"],
    };

    public static void Execute(CommandContext context)
    {
        int database = context.Session.Database;
        if (context.Databases.TryCountKeys(database, out long count)) context.Reply.Integer(count);
    }
}
