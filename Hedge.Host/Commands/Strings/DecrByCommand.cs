using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

internal sealed class DecrByCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DECRBY", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key decrement",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Decrement the integer value of a key by the given number",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(2, out long decrement)) return;
        if (decrement == long.MinValue) context.Reply.Error("ERR decrement would overflow");
        else Counter.Add(context, -decrement);
    }
}
