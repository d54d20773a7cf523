using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientNoTouchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|NO-TOUCH", 3,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "<ON | OFF>",
        Arguments = "enabled on off",
        Since = "7.2.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Controls whether commands sent by the client affect the LRU/LFU of accessed keys.",
    };

    public static void Execute(CommandContext context)
    {
        if (!OnOff.TryRead(context, out bool on)) return;
        context.Session.NoTouch = on;
        context.Reply.Ok();
    }
}
