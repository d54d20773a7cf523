using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Strings;

/// <summary>GETRANGE and its old name SUBSTR.</summary>
internal static class Substring
{
    /// <summary>Replies with the bytes from argument 2 to argument 3, both included, negative ones from the
    /// end.</summary>
    public static void Reply(CommandContext context)
    {
        if (!context.TryInteger(2, out long start) || !context.TryInteger(3, out long end)) return;
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        ReadOnlySpan<byte> value = record.Value;
        if (start < 0 && end < 0 && start > end)
        {
            context.Reply.Bulk(default);
            return;
        }

        if (start < 0) start = Math.Max(value.Length + start, 0);
        if (end < 0) end = Math.Max(value.Length + end, 0);
        end = Math.Min(end, value.Length - 1);
        context.Reply.Bulk(start > end ? default : value[(int)start..((int)end + 1)]);
    }
}
