using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HGetDelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HGETDEL", -5,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Traits = CommandTraits.CountsLookups,
        Syntax = "key FIELDS numfields field [field ...]",
        Arguments = "key fields numfields:integer field",
        Since = "8.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of specified fields",
        Summary = "Get the values of hash fields and delete the fields",
    };

    public static void Execute(CommandContext context)
    {
        if (!FieldArguments.TryRead(context, 2, words: 1, out FieldArguments fields)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (FieldChange.TryPrepare(context, hash, fields, 0))
            FieldChange.ReplyAndDelete(context, hash, fields);
    }
}
