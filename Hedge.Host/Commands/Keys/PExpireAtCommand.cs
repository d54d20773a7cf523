using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Keys;

internal sealed class PExpireAtCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PEXPIREAT", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key unix-time-milliseconds [NX | XX | GT | LT]",
        Arguments = "key unix-time-milliseconds condition@7.0.0 nx xx gt lt",
        Since = "2.6.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Set the expiration for a key as a UNIX timestamp specified in milliseconds",
        History =
        [
            ("7.0.0", "Added options: `NX`, `XX`, `GT` and `LT`."),
        ],
    };

    public static void Execute(CommandContext context) => Expiry.Set(context, relative: false, unit: 1);
}
