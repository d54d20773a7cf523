using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class PExpireCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PEXPIRE", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key milliseconds [NX | XX | GT | LT]",
        Arguments = "key milliseconds condition@7.0.0 nx xx gt lt",
        Since = "2.6.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Set a key's time to live in milliseconds",
        History =
        [
            ("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."),
        ],
    };

    public static void Execute(CommandContext context) => Expiry.Set(context, relative: true, unit: 1);
}
