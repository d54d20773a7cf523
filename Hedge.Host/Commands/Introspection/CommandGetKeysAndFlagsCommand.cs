using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandGetKeysAndFlagsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|GETKEYSANDFLAGS", -4,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of arguments to the command",
        Summary = "Extract keys and access flags given a full Redis command",
    };

    public static void Execute(CommandContext context) => KeyExtractor.Reply(context, withFlags: true);
}
