using System.Buffers.Text;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

/// <summary>INCR, DECR, INCRBY and DECRBY.</summary>
internal static class Counter
{
    /// <summary>Adds to the integer at the key of argument 1 and replies with the sum.</summary>
    public static void Add(CommandContext context, long increment)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record record)) return;
        long value = 0;
        if (record.Exists && !Numbers.TryParseInt64(record.Value, out value))
        {
            context.Reply.Error(ErrorText.NotInteger);
            return;
        }

        if (!Numbers.TryAdd(value, increment, out long sum))
        {
            context.Reply.Error(ErrorText.Overflow);
            return;
        }

        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Utf8Formatter.TryFormat(sum, text, out int length);
        context.Keys.SetString(key, text[..length], record.ExpireAt);
        context.Notify(KeyspaceEvents.String, "incrby"u8, key);
        context.Reply.Integer(sum);
    }
}
