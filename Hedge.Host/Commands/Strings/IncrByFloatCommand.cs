using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

internal sealed class IncrByFloatCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("INCRBYFLOAT", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.String,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key increment",
        Arguments = "key increment:double",
        Since = "2.6.0",
        Group = "string",
        Complexity = "O(1)",
        Summary = "Increment the float value of a key by the given amount",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record record)) return;
        LongDouble value = default;
        if ((record.Exists && !LongDouble.TryParse(record.Value, out value))
            || !LongDouble.TryParse(context.Argument(2), out LongDouble increment))
        {
            context.Reply.Error(ErrorText.NotFloat);
            return;
        }

        LongDouble sum = value + increment;
        if (!sum.IsFinite)
        {
            context.Reply.Error(ErrorText.NotFinite);
            return;
        }

        using var room = new Scratch<byte>(LongDouble.TextBytesMax);
        ReadOnlySpan<byte> text = room.Span[..sum.Format(room.Span)];
        context.Keys.SetString(key, text, record.ExpireAt, StringEncoding.NotInteger);
        context.Notify(KeyspaceEvents.String, "incrbyfloat"u8, key);
        context.Reply.Bulk(text);
    }
}
