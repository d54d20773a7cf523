using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SInterCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SINTER", -2,
        CommandFlags.ReadOnly,
        AclCategory.Set,
        KeySpec.From(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "key [key ...]",
        Arguments = "key",
        Since = "1.0.0",
        Group = "set",
        Complexity =
            "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of " +
            "sets.",
        Summary = "Intersect multiple sets",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context) =>
        SetAlgebra.Reply(context, SetOperation.Intersection, firstKey: 1);
}
