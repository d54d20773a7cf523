using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class SlowlogLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SLOWLOG|LEN", 2,
        CommandFlags.Admin | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.2.12",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Get the slow log's length",
        Tips = ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        int lengthMax = context.Server.Settings.Current.SlowlogMaxLength;
        context.Reply.Integer(context.Server.Statistics.SlowCommands(lengthMax).Count);
    }
}
