using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class SetNxCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SETNX", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Insert))
    {
        Syntax = "key value",
        Since = "1.0.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Set the value of a key, only if the key does not exist",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.Keys.TryFind(key, out Record old)) return;
        if (old.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        context.Keys.SetString(key, context.Argument(2));
        context.Notify(KeyspaceEvents.String, "set"u8, key);
        context.Reply.Integer(1);
    }
}
