using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SUnionCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SUNIONCARD", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.Set,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "numkeys key [key ...] [APPROX] [LIMIT limit]",
        Arguments = "numkeys key approx limit:integer",
        Since = "8.10.0",
        Group = "set",
        Complexity = "O(N) where N is the total number of elements in all given sets.",
        Summary = "The number of members of the union of several sets",
    };

    // What is counted exactly is also an estimate.
    public static void Execute(CommandContext context)
    {
        if (SetCount.TryRead(context, takesApprox: true, out SetCount count))
            SetAlgebra.Count(context, SetOperation.Union, count.Keys, count.Limit);
    }
}
