using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class DecrCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DECR", 2,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Decrement the integer value of a key by one",
    };

    public static void Execute(CommandContext context) => Counter.Add(context, -1);
}
