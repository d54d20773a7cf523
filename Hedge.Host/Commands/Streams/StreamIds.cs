using System.Buffers.Text;
using Hedge.Host.Declarations;
using Hedge.Resp;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// Ids of streams' entries in arguments and replies.
/// <code>
/// id       := milliseconds [ "-" sequence ]        numbers as C's strtoull reads them
/// bound    := "-" / "+" / id / "(" id              "(": without the id itself
/// </code>
/// </summary>
internal static class StreamIds
{
    private const string Invalid = "ERR Invalid stream ID specified as stream command argument";

    // Longer words are no ids, whatever is in them.
    private const int TextBytesMax = 127;

    // Two numbers of 20 digits, and what stands between them.
    private const int ReplyBytesMax = 41;

    /// <summary>The argument up to its first zero byte, where Redis takes words of its syntax to
    /// end.</summary>
    public static ReadOnlySpan<byte> Word(CommandContext context, int index) => Word(context.Argument(index));

    /// <inheritdoc cref="Word(CommandContext, int)"/>
    public static ReadOnlySpan<byte> Word(ReadOnlySpan<byte> argument)
    {
        int end = argument.IndexOf((byte)0);
        return end < 0 ? argument : argument[..end];
    }

    /// <summary>Reads an id; without a sequence it has the one that is given.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, ulong missing, out StreamId id)
    {
        id = default;
        if (text.Length > TextBytesMax) return false;
        text = Word(text);
        int dash = text.IndexOf((byte)'-');
        ulong sequence = missing;
        if (dash >= 0 && !TryNumber(text[(dash + 1)..], out sequence)) return false;
        if (!TryNumber(dash < 0 ? text : text[..dash], out ulong milliseconds)) return false;
        id = new StreamId(milliseconds, sequence);
        return true;
    }

    /// <summary>Reads an argument that is an id, its sequence 0 when it has none. False when an error was
    /// replied.</summary>
    public static bool TryRead(CommandContext context, int index, out StreamId id)
    {
        if (TryParse(context.Argument(index), 0, out id)) return true;
        context.Reply.Error(Invalid);
        return false;
    }

    /// <summary>Reads all arguments from an index on, ids. False when an error was replied.</summary>
    public static bool TryReadAll(CommandContext context, int first, out StreamId[] ids)
    {
        ids = new StreamId[context.ArgumentCount - first];
        for (int i = 0; i < ids.Length; i++)
            if (!TryRead(context, first + i, out ids[i])) return false;
        return true;
    }

    /// <summary>Reads the id of XADD. False when an error was replied.</summary>
    /// <param name="context">The command.</param>
    /// <param name="index">The argument.</param>
    /// <param name="id">The id.</param>
    /// <param name="hasSequence">False for milliseconds followed by "-*".</param>
    public static bool TryReadNew(CommandContext context, int index, out StreamId id, out bool hasSequence)
    {
        ReadOnlySpan<byte> text = Word(context, index);
        hasSequence = true;
        bool isLong = context.Argument(index).Length > TextBytesMax;
        if (isLong || !text.EndsWith("-*"u8) || text.Count((byte)'-') > 1)
            return TryRead(context, index, out id);
        hasSequence = false;
        if (TryParse(text[..^2], 0, out id)) return true;
        context.Reply.Error(Invalid);
        return false;
    }

    /// <summary>Reads the first id of a range. False when an error was replied.</summary>
    public static bool TryReadStart(CommandContext context, int index, out StreamId id)
    {
        if (!TryReadBound(context, index, 0, out id, out bool isOpen)) return false;
        if (!isOpen) return true;
        if (id.TryIncrement(out StreamId next))
        {
            id = next;
            return true;
        }

        context.Reply.Error("ERR invalid start ID for the interval");
        return false;
    }

    /// <summary>Reads the last id of a range. False when an error was replied.</summary>
    public static bool TryReadEnd(CommandContext context, int index, out StreamId id)
    {
        if (!TryReadBound(context, index, ulong.MaxValue, out id, out bool isOpen)) return false;
        if (!isOpen) return true;
        if (id.TryDecrement(out StreamId previous))
        {
            id = previous;
            return true;
        }

        context.Reply.Error("ERR invalid end ID for the interval");
        return false;
    }

    /// <summary>Reads an id, "-" for the lowest or "+" for the highest. False when an error was
    /// replied.</summary>
    public static bool TryReadEdge(CommandContext context, int index, ulong missing, out StreamId id)
    {
        ReadOnlySpan<byte> text = context.Argument(index);
        if (text.Length > 0 && text.Length <= TextBytesMax && text[0] is (byte)'-' or (byte)'+'
            && (text.Length == 1 || text[1] == 0))
        {
            id = text[0] == '-' ? StreamId.Min : StreamId.Max;
            return true;
        }

        if (TryParse(text, missing, out id)) return true;
        context.Reply.Error(Invalid);
        return false;
    }

    /// <summary>Replies with an id.</summary>
    public static void Reply(RespWriter reply, StreamId id)
    {
        Span<byte> text = stackalloc byte[ReplyBytesMax];
        Utf8Formatter.TryFormat(id.Milliseconds, text, out int length);
        text[length++] = (byte)'-';
        Utf8Formatter.TryFormat(id.Sequence, text[length..], out int more);
        reply.Bulk(text[..(length + more)]);
    }

    private static bool TryReadBound(CommandContext context, int index, ulong missing, out StreamId id,
        out bool isOpen)
    {
        ReadOnlySpan<byte> text = context.Argument(index);
        isOpen = text.Length > 1 && text[0] == '(';
        if (!isOpen) return TryReadEdge(context, index, missing, out id);
        if (TryParse(text[1..], missing, out id)) return true;
        context.Reply.Error(Invalid);
        return false;
    }

    // As strtoull: spaces and a sign before the digits; but a plain negative number is refused.
    private static bool TryNumber(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (Numbers.TryParseInt64(text, out long plain))
        {
            value = (ulong)plain;
            return plain >= 0;
        }

        text = text.TrimStart(" \t\n\v\f\r"u8);
        bool isNegative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is (byte)'-' or (byte)'+') text = text[1..];
        if (text.IsEmpty || text.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        if (!Utf8Parser.TryParse(text, out value, out int used) || used != text.Length) return false;
        if (isNegative) value = unchecked(0 - value);
        return true;
    }
}
