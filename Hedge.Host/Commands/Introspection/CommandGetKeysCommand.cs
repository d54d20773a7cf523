using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandGetKeysCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|GETKEYS", -4,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(N) where N is the number of arguments to the command",
        Summary = "Extract keys given a full Redis command",
    };

    public static void Execute(CommandContext context) => KeyExtractor.Reply(context, withFlags: false);
}
