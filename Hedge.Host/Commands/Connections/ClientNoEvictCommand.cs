using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientNoEvictCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|NO-EVICT", 3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "<ON | OFF>",
        Arguments = "enabled on off",
        Since = "7.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Set client eviction mode for the current connection",
    };

    public static void Execute(CommandContext context)
    {
        if (!OnOff.TryRead(context, out bool on)) return;
        context.Session.NoEvict = on;
        context.Reply.Ok();
    }
}
