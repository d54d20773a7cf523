using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|LIST", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N). Where N is the number of configured users.",
        Summary = "List the current ACL rules in ACL config file format",
    };

    public static void Execute(CommandContext context)
    {
        IReadOnlyCollection<User> all = context.Server.Users.All;
        context.Reply.ArrayHeader(all.Count);
        foreach (User user in all) context.Reply.Bulk(Encoding.Latin1.GetBytes($"{user}"));
    }
}
