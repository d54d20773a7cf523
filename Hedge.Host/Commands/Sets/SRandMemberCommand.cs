using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SRandMemberCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SRANDMEMBER", -2,
        CommandFlags.ReadOnly,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [count]",
        Arguments = "key count@2.6.0",
        Since = "1.0.0",
        Group = "set",
        Complexity =
            "Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed " +
            "count.",
        Summary = "Get one or multiple random members from a set",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("2.6.0", "Added the optional `count` argument."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        bool hasCount = context.ArgumentCount > 2;
        if (context.ArgumentCount > 3)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        if (!RandomCount.TryParse(context, default, out long count, out _)) return;
        if (!context.TryOpenSet(context.Argument(1), out StoredSet set)) return;
        if (!hasCount) SetReply.RandomMember(context, set);
        else if (count == 0 || set.Count == 0) context.Reply.ArrayHeader(0);
        else if (count >= set.Count) SetReply.Show(context, set, asSet: false);
        else SetReply.RandomMembers(context, set, count);
    }
}
