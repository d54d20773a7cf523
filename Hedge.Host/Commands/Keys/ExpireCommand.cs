using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ExpireCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXPIRE", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key seconds [NX | XX | GT | LT]",
        Arguments = "key seconds condition@7.0.0 nx xx gt lt",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Set a key's time to live in seconds",
        History =
        [
            ("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."),
        ],
    };

    public static void Execute(CommandContext context) => Expiry.Set(context, relative: true, unit: 1000);
}
