using System.Buffers;
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
            context.Reply.Error("ERR increment would produce NaN or Infinity");
            return;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(LongDouble.TextBytesMax);
        int length = sum.Format(rented);
        context.Keys.SetString(key, rented.AsSpan(0, length), record.ExpireAt, StringEncoding.NotInteger);
        context.Notify(KeyspaceEvents.String, "incrbyfloat"u8, key);
        context.Reply.Bulk(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }
}
