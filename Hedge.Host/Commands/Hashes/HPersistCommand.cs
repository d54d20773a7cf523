using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HPersistCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HPERSIST", -5,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key FIELDS numfields field [field ...]",
        Arguments = "key fields numfields:integer field",
        Since = "7.4.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Remove the time to live of hash fields",
    };

    public static void Execute(CommandContext context) => FieldExpiry.Persist(context);
}
