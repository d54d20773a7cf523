using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HExpireAtCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEXPIREAT", -6,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key unix-time-seconds [NX | XX | GT | LT] FIELDS numfields field [field ...]",
        Arguments = "key unix-time-seconds:unix-time condition nx xx gt lt fields numfields:integer field",
        Since = "7.4.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Set the time at which hash fields expire as a Unix time in seconds",
    };

    public static void Execute(CommandContext context) =>
        FieldExpiry.Set(context, isRelative: false, unit: 1000);
}
