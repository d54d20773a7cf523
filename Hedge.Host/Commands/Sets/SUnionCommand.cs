using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SUnionCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SUNION", -2,
        CommandFlags.ReadOnly,
        AclCategory.Set,
        KeySpec.From(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.CountsNoLookups,
        Syntax = "key [key ...]",
        Arguments = "key",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(N) where N is the total number of elements in all given sets.",
        Summary = "Add multiple sets",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context) =>
        SetAlgebra.Reply(context, SetOperation.Union, firstKey: 1);
}
