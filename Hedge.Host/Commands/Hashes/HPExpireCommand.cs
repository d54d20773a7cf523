using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HPExpireCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HPEXPIRE", -6,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key milliseconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        Arguments = "key milliseconds condition nx xx gt lt fields numfields:integer field",
        Since = "7.4.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Set the time to live of hash fields in milliseconds",
    };

    public static void Execute(CommandContext context) =>
        FieldExpiry.Set(context, isRelative: true, unit: 1);
}
