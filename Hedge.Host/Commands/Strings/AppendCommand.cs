using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class AppendCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("APPEND", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key value",
        Since = "2.0.0",
        Group = "string",
        Complexity =
            "O(1). The amortized time complexity is O(1) assuming the appended value is small and " +
            "the already present value is of any size, since the dynamic string library used by " +
            "Redis will double the free space available on every reallocation.",
        Summary = "Append a value to a key",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1), tail = context.Argument(2);
        if (!context.TryGetString(key, out Record record)) return;
        long length = (long)record.Value.Length + tail.Length;
        if (!record.Exists)
        {
            context.Keys.SetString(key, tail);
        }
        else
        {
            if (!Lengths.Allow(context, record.Value.Length, tail.Length)) return;
            context.Keys.WriteRange(key, record.Value.Length, tail);
        }

        context.Notify(KeyspaceEvents.String, "append"u8, key);
        context.Reply.Integer(length);
    }
}
