using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientGetNameCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|GETNAME", 2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "2.6.9",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Get the current connection name",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Session.Name.Length > 0) context.Reply.BulkAscii(context.Session.Name);
        else context.Reply.Null();
    }
}
