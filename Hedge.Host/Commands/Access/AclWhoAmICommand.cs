using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclWhoAmICommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|WHOAMI", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return the name of the user associated to the current connection",
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Bulk(Encoding.Latin1.GetBytes(context.Session.User?.Name ?? User.DefaultName));
}
