using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitFieldRoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BITFIELD_RO", -2,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [GET encoding offset [GET encoding offset ...]]",
        Since = "6.0.0",
        Group = "bitmap",
        Complexity = "O(1) for each subcommand specified",
        Summary = "Perform arbitrary bitfield integer operations on strings. Read-only variant of BITFIELD",
    };

    public static void Execute(CommandContext context) => BitFieldOperations.Execute(context, readOnly: true);
}
