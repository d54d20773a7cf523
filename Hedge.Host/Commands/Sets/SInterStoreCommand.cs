using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SInterStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SINTERSTORE", -3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update),
        KeySpec.From(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "destination key [key ...]",
        Arguments = "destination:key key:key#1",
        Since = "1.0.0",
        Group = "set",
        Complexity =
            "O(N*M) worst case where N is the cardinality of the smallest set and M is the number of " +
            "sets.",
        Summary = "Intersect multiple sets and store the resulting set in a key",
    };

    public static void Execute(CommandContext context) =>
        SetAlgebra.Store(context, SetOperation.Intersection, "sinterstore"u8);
}
