using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SAddCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SADD", -3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key member [member ...]",
        Arguments = "key member",
        Since = "1.0.0",
        Group = "set",
        Complexity =
            "O(1) for each element added, so O(N) to add N elements when the command is called with " +
            "multiple arguments.",
        Summary = "Add one or more members to a set",
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
        for (int i = 2; i < context.ArgumentCount && context.ArgumentCount > 3; i++)
            isRead &= set.TryFind(context.Argument(i), out _);
        if (!isRead) return;
        long added = 0;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (!set.TryAdd(context.Argument(i), out bool isNew)) return;
            if (!isNew) continue;
            added++;
            SetWrite.Show(context, set, context.Argument(i));
        }

        if (added > 0) context.Notify(KeyspaceEvents.Set, "sadd"u8, key);
        context.Reply.Integer(added);
    }
}
