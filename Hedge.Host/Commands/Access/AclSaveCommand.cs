using Hedge.Host.Access;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;

namespace Hedge.Host.Commands.Access;

internal sealed class AclSaveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|SAVE", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(N). Where N is the number of configured users.",
        Summary = "Save the current ACL rules in the configured ACL file",
    };

    public static void Execute(CommandContext context)
    {
        if (!UserFile.TryFind(context, out string path)) return;
        if (AclFile.Save(path, context.Server.Users.All) is not { } problem)
        {
            context.Reply.Ok();
            return;
        }

        context.Server.Log(LogLevel.Warning, $"The ACL file {path} could not be written: {problem}");
        context.Reply.Error("ERR There was an error trying to save the ACLs. Please check the server logs "
            + "for more information");
    }
}
