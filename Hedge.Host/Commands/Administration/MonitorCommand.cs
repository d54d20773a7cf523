using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class MonitorCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MONITOR", 1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Scope = CommandScope.AllCores,
        Syntax = "",
        Since = "1.0.0",
        Group = "server",
        Complexity = "",
        Summary = "Listen for all requests received by the server in real time",
    };

    public static void Execute(CommandContext context)
    {
        if (context.InTransaction)
        {
            context.Reply.Error("ERR MONITOR isn't allowed for DENY BLOCKING client");
            return;
        }

        context.Session.Monitor = true;
        context.StartMonitor?.Invoke(context.Session);
        context.Reply.Ok();
    }
}
