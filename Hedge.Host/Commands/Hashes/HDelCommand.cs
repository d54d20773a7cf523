using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HDelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HDEL", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key field [field ...]",
        Arguments = "key field",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(N) where N is the number of fields to be removed.",
        Summary = "Delete one or more hash fields",
        History =
        [
            ("2.4.0", "Accepts multiple `field` arguments."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenHash(key, out StoredHash hash)) return;
        bool isRead = true;
        for (int i = 2; i < context.ArgumentCount; i++)
            isRead &= hash.TryPrepare(context.Argument(i), out _, out _, out _);
        if (!isRead) return;
        long removed = 0;
        for (int i = 2; i < context.ArgumentCount && hash.Collection.Exists; i++)
            if (hash.Remove(context.Argument(i))) removed++;

        if (removed > 0) Removal.Tell(context, hash.Collection, key, "hdel"u8);
        context.Reply.Integer(removed);
    }
}
