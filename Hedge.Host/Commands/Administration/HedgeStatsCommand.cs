using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Administration;

internal sealed class HedgeStatsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEDGE.STATS", 1,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Dangerous)
    {
        Syntax = "",
        Since = "0.1.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Reports how the storage engine fares, for people",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context) =>
        context.Reply.Verbatim("txt", StorageReport.ToUtf8(context));
}
