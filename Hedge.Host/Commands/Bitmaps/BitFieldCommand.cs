using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitFieldCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BITFIELD", -2,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update | KeyFlags.VariableFlags,
            "This command allows both access and modification of the key"))
    {
        Syntax =
            "key [<GET encoding offset | [OVERFLOW <WRAP | SAT | FAIL>] <SET encoding offset value | " +
            "INCRBY encoding offset increment>> [<GET encoding offset | [OVERFLOW <WRAP | SAT | " +
            "FAIL>] <SET encoding offset value | INCRBY encoding offset increment>> ...]]",
        Arguments =
            "key operation encoding_offset encoding offset write wrap_sat_fail wrap sat fail " +
            "write_operation encoding_offset_value encoding offset value:integer " +
            "encoding_offset_increment encoding offset increment",
        Since = "3.2.0",
        Group = "bitmap",
        Complexity = "O(1) for each subcommand specified",
        Summary = "Perform arbitrary bitfield integer operations on strings",
    };

    public static void Execute(CommandContext context) =>
        BitFieldOperations.Execute(context, readOnly: false);
}
