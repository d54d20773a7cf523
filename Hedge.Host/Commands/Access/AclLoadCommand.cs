using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclLoadCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|LOAD", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N). Where N is the number of configured users.",
        Summary = "Reload the ACLs from the configured ACL file",
    };

    public static void Execute(CommandContext context)
    {
        if (!UserFile.TryFind(context, out string path)) return;
        Users users = context.Server.Users;
        Dictionary<string, UserRights>? loaded =
            AclFile.Load(path, context.Server.Commands, users.AllowsChannels, out string problems);
        if (loaded is null)
        {
            AclText.Fail(context, $"ERR {problems}");
            return;
        }

        users.Replace(loaded, out Func<User, bool> isChanged);
        UserClients.Close(context, session => session.User is { } user && isChanged(user));
        context.Reply.Ok();
    }
}
