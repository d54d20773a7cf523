using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientSetNameCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|SETNAME", 3,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "connection-name",
        Since = "2.6.9",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Set the current connection name",
    };

    public static void Execute(CommandContext context)
    {
        if (ClientNames.TryRead(context.Argument(2), out string name))
        {
            context.Session.Name = name;
            context.Reply.Ok();
        }
        else
        {
            context.Reply.Error(ClientNames.Invalid);
        }
    }
}
