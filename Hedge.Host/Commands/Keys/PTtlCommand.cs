using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class PTtlCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PTTL", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "2.6.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Get the time to live for a key in milliseconds",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("2.8.0", "Added the -2 reply."),
        ],
    };

    public static void Execute(CommandContext context) =>
        TimeToLive.Reply(context, absolute: false, unit: 1);
}
