using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclDryRunCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|DRYRUN", -4,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "username command [arg [arg ...]]",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(1).",
        Summary = "Returns whether the user can execute the given command without executing the command.",
    };

    private const int Start = 3;

    public static void Execute(CommandContext context)
    {
        string name = Encoding.Latin1.GetString(context.Argument(2));
        if (context.Server.Users.Find(name) is not { } user)
        {
            AclText.Fail(context, $"ERR User '{AclText.Shown(name)}' not found");
            return;
        }

        var arguments = new InnerRequest(context, Start);
        Command? command = arguments.FindCommand();
        if (command is null)
        {
            AclText.Fail(context, $"ERR Command '{AclText.Shown(arguments[0])}' not found");
            return;
        }

        if (!command.Accepts(arguments.Count))
        {
            context.Reply.Error($"ERR wrong number of arguments for '{command.LowerName}' command");
            return;
        }

        Denial denial = user.Rights.Check(command, arguments);
        string what = AclText.Shown(arguments[denial.Index]);
        switch (denial.Kind)
        {
            case DenialKind.None:
                context.Reply.Ok();
                break;
            case DenialKind.Command:
                context.Reply.Bulk(Encoding.Latin1.GetBytes(
                    $"This user has no permissions to run the '{command.LowerName}' command"));
                break;
            default:
                string kind = denial.Kind == DenialKind.Key ? "key" : "channel";
                context.Reply.Bulk(Encoding.Latin1.GetBytes(
                    $"This user has no permissions to access the '{what}' {kind}"));
                break;
        }
    }
}
