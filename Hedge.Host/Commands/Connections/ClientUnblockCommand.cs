using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientUnblockCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|UNBLOCK", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Scope = CommandScope.AllCores,
        Syntax = "client-id [TIMEOUT | ERROR]",
        Since = "5.0.0",
        Group = "connection",
        Complexity = "O(log N) where N is the number of client connections",
        Summary = "Unblock a client blocked in a blocking command from a different connection",
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 4)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        bool withError = context.ArgumentCount == 4 && context.Is(3, "ERROR"u8);
        if (context.ArgumentCount == 4 && !withError && !context.Is(3, "TIMEOUT"u8))
        {
            context.Reply.Error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
            return;
        }

        if (!context.TryInteger(2, out long id)) return;
        Session? target = context.Server.Clients.All.FirstOrDefault(s => s.Id == id);
        bool unblocked = target is { Blocked: true } && context.Server.Clients.Unblock(target, withError);
        context.Reply.Integer(unblocked ? 1 : 0);
    }
}
