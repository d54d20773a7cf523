using Hedge.Host.Declarations;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientPauseCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|PAUSE", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Scope = CommandScope.AllCores,
        Syntax = "timeout [WRITE | ALL]",
        Arguments = "timeout mode@6.2.0 write all",
        Since = "2.9.50",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Stop processing commands from clients for some time",
        History =
        [
            ("6.2.0", "`CLIENT PAUSE WRITE` mode added along with the `mode` option."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 4)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        bool writesOnly = context.ArgumentCount == 4 && context.Is(3, "WRITE"u8);
        if (context.ArgumentCount == 4 && !writesOnly && !context.Is(3, "ALL"u8))
        {
            context.Reply.Error("ERR CLIENT PAUSE mode must be WRITE or ALL");
            return;
        }

        const string problem = "ERR timeout is not an integer or out of range";
        if (!context.TryInteger(2, out long duration, problem)) return;
        if (duration < 0)
        {
            context.Reply.Error("ERR timeout is negative");
            return;
        }

        if (duration > long.MaxValue - context.NowMilliseconds)
        {
            context.Reply.Error(problem);
            return;
        }

        // A pause on top of another makes it longer and stricter, never shorter or weaker.
        long until = context.NowMilliseconds + duration;
        if (context.Server.Pause is { } pause && pause.UntilMilliseconds > context.NowMilliseconds)
        {
            until = Math.Max(until, pause.UntilMilliseconds);
            writesOnly &= pause.WritesOnly;
        }

        context.Server.Pause = new ClientPause(until, writesOnly);
        context.Reply.Ok();
    }
}
