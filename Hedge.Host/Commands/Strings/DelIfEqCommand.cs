using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

/// <summary>DELIFEQ of Valkey: DELEX … IFEQ by another name.</summary>
internal sealed class DelIfEqCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DELIFEQ", 3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete))
    {
        Syntax = "key value",
        Since = "9.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Removes a key when its value is the expected one",
    };

    public static void Execute(CommandContext context) =>
        DelExCommand.RemoveIf(context, SetFlags.IfEqual, context.Argument(2));
}
