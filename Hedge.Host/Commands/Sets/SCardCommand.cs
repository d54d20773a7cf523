using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SCARD", 2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadOnly))
    {
        Syntax = "key",
        Arguments = "key",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(1)",
        Summary = "Get the number of members in a set",
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryOpenSet(context.Argument(1), out StoredSet set)) context.Reply.Integer(set.Count);
    }
}
