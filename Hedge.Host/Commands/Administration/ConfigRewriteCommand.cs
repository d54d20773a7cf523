using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigRewriteCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|REWRITE", 2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "2.8.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Rewrite the configuration file with the in memory configuration",
    };

    public static void Execute(CommandContext context)
    {
        // The default user alone, as he is at first, needs no line.
        Users all = context.Server.Users;
        string? users = context.Server.Settings.Current.AclFile.Length > 0 || all.IsUntouched ? ""
            : RuleText.ToSetting(
                string.Join('\n', all.All.Select(static user => $"{user.Name} {user.Rights}")));
        if (users is null)
        {
            context.Reply.Error("ERR Rewriting config file: names or rules of users are no UTF-8; an ACL "
                + "file takes them");
            return;
        }

        if (context.Server.Settings.Rewrite(users) is { } problem) context.Reply.Error(problem);
        else context.Reply.Ok();
    }
}
