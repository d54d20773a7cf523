using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class SetRangeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SETRANGE", 4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Update))
    {
        Syntax = "key offset value",
        Since = "2.2.0",
        Group = "string",
        Complexity =
            "O(1), not counting the time taken to copy the new string in place. Usually, this string " +
            "is very small so the amortized complexity is O(1). Otherwise, complexity is O(M) with M " +
            "being the length of the value argument.",
        Summary = "Overwrite part of a string at key starting at the specified offset",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(2, out long offset)) return;
        if (offset < 0)
        {
            context.Reply.Error("ERR offset is out of range");
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1), bytes = context.Argument(3);
        if (!context.TryGetString(key, out Record record)) return;
        if (bytes.Length == 0)
        {
            context.Reply.Integer(record.Value.Length);
            return;
        }

        if (!Lengths.Allow(context, offset, bytes.Length)) return;
        long length = Math.Max(record.Value.Length, offset + bytes.Length);
        context.Keys.WriteRange(key, offset, bytes);
        context.Notify(KeyspaceEvents.String, "setrange"u8, key);
        context.Reply.Integer(length);
    }
}
