using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class PSetExCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PSETEX", 4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update))
    {
        Syntax = "key milliseconds value",
        Since = "2.6.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Set the value and expiration in milliseconds of a key",
    };

    public static void Execute(CommandContext context) => SetExCommand.Execute(context, inSeconds: false);
}
