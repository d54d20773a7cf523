using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HLEN", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Get the number of fields in a hash",
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryOpenHash(context.Argument(1), out StoredHash hash)) context.Reply.Integer(hash.Count);
    }
}
