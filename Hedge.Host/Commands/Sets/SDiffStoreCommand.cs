using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Sets;

internal sealed class SDiffStoreCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SDIFFSTORE", -3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.From(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "destination key [key ...]",
        Arguments = "destination:key key:key#1",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(N) where N is the total number of elements in all given sets.",
        Summary = "Subtract multiple sets and store the resulting set in a key",
    };

    public static void Execute(CommandContext context) =>
        SetAlgebra.Store(context, SetOperation.Difference, "sdiffstore"u8);
}
