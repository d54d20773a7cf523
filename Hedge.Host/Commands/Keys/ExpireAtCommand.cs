using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class ExpireAtCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("EXPIREAT", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key unix-time-seconds [NX | XX | GT | LT]",
        Arguments = "key unix-time-seconds condition@7.0.0 nx xx gt lt",
        Since = "1.2.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Set the expiration for a key as a UNIX timestamp",
        History =
        [
            ("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."),
        ],
    };

    public static void Execute(CommandContext context) => Expiry.Set(context, relative: false, unit: 1000);
}
