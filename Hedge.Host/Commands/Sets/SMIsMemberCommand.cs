using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SMIsMemberCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SMISMEMBER", -3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key member [member ...]",
        Arguments = "key member",
        Since = "6.2.0",
        Group = "set",
        Complexity = "O(N) where N is the number of elements being checked for membership",
        Summary = "Returns the membership associated with the given elements for a set",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenSet(context.Argument(1), out StoredSet set)) return;
        context.Reply.ArrayHeader(context.ArgumentCount - 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            // When one is missing, the reply is taken back; the others are looked for all the same.
            set.TryFind(context.Argument(i), out bool isThere);
            context.Reply.Integer(isThere ? 1 : 0);
        }
    }
}
