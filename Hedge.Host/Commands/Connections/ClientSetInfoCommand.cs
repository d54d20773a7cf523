using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientSetInfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|SETINFO", 4,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "<LIB-NAME libname | LIB-VER libver>",
        Arguments = "attr libname libver",
        Since = "7.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Sets information specific to the client or connection.",
        Tips = ["request_policy:all_nodes", "response_policy:all_succeeded"],
    };

    public static void Execute(CommandContext context)
    {
        bool isName = context.Is(2, "LIB-NAME"u8);
        if (!isName && !context.Is(2, "LIB-VER"u8))
        {
            context.Reply.Error($"ERR Unrecognized option '{Encoding.UTF8.GetString(context.Argument(2))}'");
            return;
        }

        if (!ClientNames.TryRead(context.Argument(3), out string value))
        {
            string attribute = isName ? "lib-name" : "lib-ver";
            context.Reply.Error($"ERR {attribute} cannot contain spaces, newlines or special characters.");
            return;
        }

        if (isName) context.Session.LibraryName = value;
        else context.Session.LibraryVersion = value;
        context.Reply.Ok();
    }
}
