using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HExistsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HEXISTS", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key field",
        Arguments = "key field",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Determine if a hash field exists",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (hash.TryFind(context.Argument(2), out bool isThere, out _))
            context.Reply.Integer(isThere ? 1 : 0);
    }
}
