using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HMGetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HMGET", -3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key field [field ...]",
        Arguments = "key field",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of fields being requested.",
        Summary = "Get the values of all the given hash fields",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        context.Reply.ArrayHeader(context.ArgumentCount - 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            // When one is missing, the reply is taken back; the others are looked for all the same.
            hash.TryFind(context.Argument(i), out bool isThere, out ReadOnlySpan<byte> value);
            if (isThere) context.Reply.Bulk(value);
            else context.Reply.Null();
        }
    }
}
