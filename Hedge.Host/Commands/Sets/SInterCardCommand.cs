using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SInterCardCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SINTERCARD", -3,
        CommandFlags.ReadOnly | CommandFlags.MovableKeys,
        AclCategory.Set,
        KeySpec.Counted(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "numkeys key [key ...] [LIMIT limit]",
        Arguments = "numkeys key limit:integer",
        Since = "7.0.0",
        Group = "set",
        Complexity =
            "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of " +
            "sets.",
        Summary = "Intersect multiple sets and return the cardinality of the result",
    };

    public static void Execute(CommandContext context)
    {
        if (SetCount.TryRead(context, takesApprox: false, out SetCount count))
            SetAlgebra.Count(context, SetOperation.Intersection, count.Keys, count.Limit);
    }
}
