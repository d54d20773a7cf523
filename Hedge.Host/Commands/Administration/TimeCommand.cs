using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class TimeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TIME", 1,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.None)
    {
        Syntax = "",
        Since = "2.6.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Return the current server time",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        (long seconds, long microseconds) = Math.DivRem(context.Clock.UnixMicroseconds, 1_000_000);
        context.Reply.ArrayHeader(2);
        context.Reply.BulkInteger(seconds);
        context.Reply.BulkInteger(microseconds);
    }
}
