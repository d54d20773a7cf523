using System.Text;
using System.Text.Unicode;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class ConfigSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CONFIG|SET", -4,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Secrets = SecretArguments.SecretSettings,
        Scope = CommandScope.AllCores,
        Syntax = "parameter value [parameter value ...]",
        Since = "2.0.0",
        Group = "server",
        Complexity = "O(N) when N is the number of configuration parameters provided",
        Summary = "Set configuration parameters to the given values",
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
        History =
        [
            ("7.0.0", "Added the ability to set multiple parameters in one call."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount % 2 != 0)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        var changes = new List<(string, string)>();
        for (int i = 2; i < context.ArgumentCount; i += 2)
        {
            // Settings are text: a password of other bytes would become another one.
            if (!Utf8.IsValid(context.Argument(i + 1)))
            {
                string name = Encoding.UTF8.GetString(context.Argument(i));
                context.Reply.Error($"ERR CONFIG SET failed (possibly related to argument '{name}') - "
                    + "argument must be UTF-8");
                return;
            }

            changes.Add((Encoding.UTF8.GetString(context.Argument(i)),
                Encoding.UTF8.GetString(context.Argument(i + 1))));
        }

        bool allowsProtected = context.Session.Has(context.Server.Settings.Current.ProtectedConfigs);
        if (context.Server.Settings.TryChange(changes, allowsProtected) is { } problem)
            context.Reply.Error(problem);
        else context.Reply.Ok();
    }
}
