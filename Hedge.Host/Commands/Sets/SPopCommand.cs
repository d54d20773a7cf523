using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SPopCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SPOP", -2,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key [count]",
        Arguments = "key count@3.2.0",
        Since = "1.0.0",
        Group = "set",
        Complexity =
            "Without the count argument O(1), otherwise O(N) where N is the value of the passed count.",
        Summary = "Remove and return one or multiple random members from a set",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("3.2.0", "Added the `count` argument."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        long count = 1;
        bool hasCount = context.ArgumentCount > 2;
        if (context.ArgumentCount > 3)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (hasCount && !KeyCount.TryReadTaken(context, 2, out count)) return;

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenSet(key, out StoredSet set)) return;
        if (!set.Collection.Exists || count == 0)
        {
            if (!hasCount) context.Reply.Null();
            else context.Reply.SetHeader(0);
            return;
        }

        SetWrite.Pop(context, set, count, hasCount);
    }
}
