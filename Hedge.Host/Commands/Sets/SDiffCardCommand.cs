using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SDiffCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SDIFFCARD", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.Set,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "numkeys key [key ...] [LIMIT limit]",
        Arguments = "numkeys key limit:integer",
        Since = "8.10.0",
        Group = "set",
        Complexity = "O(N) where N is the total number of elements in all given sets.",
        Summary = "The number of members of the first set that no other set has",
    };

    public static void Execute(CommandContext context)
    {
        if (SetCount.TryRead(context, takesApprox: false, out SetCount count))
            SetAlgebra.Count(context, SetOperation.Difference, count.Keys, count.Limit);
    }
}
