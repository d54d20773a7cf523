using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class IncrByCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("INCRBY", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key increment",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Increment the integer value of a key by the given amount",
    };

    public static void Execute(CommandContext context)
    {
        if (context.TryInteger(2, out long increment)) Counter.Add(context, increment);
    }
}
