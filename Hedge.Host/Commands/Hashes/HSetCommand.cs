using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HSetCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HSET", -4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key field value [field value ...]",
        Arguments = "key field_value field value",
        Since = "2.0.0",
        Group = "hash",
        Complexity =
            "O(1) for each field/value pair added, so O(N) to add N field/value pairs when the command is" +
            " called with multiple field/value pairs.",
        Summary = "Set the string value of a hash field",
        History =
        [
            ("4.0.0", "Accepts multiple `field` and `value` arguments."),
        ],
    };

    public static void Execute(CommandContext context) => HashWrite.SetPairs(context, repliesOk: false);
}
