using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SRemCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SREM", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key member [member ...]",
        Arguments = "key member",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(N) where N is the number of members to be removed.",
        Summary = "Remove one or more members from a set",
        History =
        [
            ("2.4.0", "Accepts multiple `member` arguments."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenSet(key, out StoredSet set)) return;
        bool isRead = true;
        for (int i = 2; i < context.ArgumentCount; i++)
            isRead &= set.TryFind(context.Argument(i), out _);
        if (!isRead) return;
        long removed = 0;
        for (int i = 2; i < context.ArgumentCount && set.Collection.Exists; i++)
            if (set.Remove(context.Argument(i))) removed++;

        if (removed > 0) Removal.Tell(context, set.Collection, key, "srem"u8);
        context.Reply.Integer(removed);
    }
}
