using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class TtlCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("TTL", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Get the time to live for a key in seconds",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("2.8.0", "Added the -2 reply."),
        ],
    };

    public static void Execute(CommandContext context) =>
        TimeToLive.Reply(context, absolute: false, unit: 1000);
}
