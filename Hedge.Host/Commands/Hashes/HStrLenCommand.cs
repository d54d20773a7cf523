using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HStrLenCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HSTRLEN", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key field",
        Arguments = "key field",
        Since = "3.2.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Get the length of the value of a hash field",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (hash.TryFind(context.Argument(2), out _, out ReadOnlySpan<byte> value))
            context.Reply.Integer(value.Length);
    }
}
