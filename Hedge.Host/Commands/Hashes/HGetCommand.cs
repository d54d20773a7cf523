using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HGetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HGET", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key field",
        Arguments = "key field",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Get the value of a hash field",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        if (!hash.TryFind(context.Argument(2), out bool isThere, out ReadOnlySpan<byte> value)) return;
        if (isThere) context.Reply.Bulk(value);
        else context.Reply.Null();
    }
}
