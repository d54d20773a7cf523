using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclDelUserCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|DELUSER", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "username [username ...]",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(1) amortized time considering the typical user.",
        Summary = "Remove the specified ACL users and the associated rules",
    };

    public static void Execute(CommandContext context)
    {
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (!context.Argument(i).SequenceEqual("default"u8)) continue;
            context.Reply.Error("ERR The 'default' user cannot be removed");
            return;
        }

        Users users = context.Server.Users;
        int removed = 0;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (users.Find(Encoding.Latin1.GetString(context.Argument(i))) is not { } user) continue;
            users.Remove(user.Name);
            removed++;
            UserClients.Close(context, session => session.User == user);
        }

        context.Reply.Integer(removed);
    }
}
