using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SIsMemberCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SISMEMBER", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key member",
        Arguments = "key member",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(1)",
        Summary = "Determine if a given value is a member of a set",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryOpenSet(context.Argument(1), out StoredSet set)) return;
        if (set.TryFind(context.Argument(2), out bool isThere)) context.Reply.Integer(isThere ? 1 : 0);
    }
}
