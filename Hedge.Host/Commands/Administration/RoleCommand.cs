using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class RoleCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ROLE", 1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Admin | AclCategory.Dangerous)
    {
        Syntax = "",
        Since = "2.8.12",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return the role of the instance in the context of replication",
    };

    public static void Execute(CommandContext context)
    {
        context.Reply.ArrayHeader(3);
        context.Reply.Bulk("master"u8);
        context.Reply.Integer(0);
        context.Reply.ArrayHeader(0);
    }
}
