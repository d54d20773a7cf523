using System.Buffers;

namespace Hedge.Resp.Clients;

/// <summary>The line every reply starts with: a type byte and a text up to CR LF.</summary>
internal readonly ref struct ReplyLine
{
    // Longer than any line a server sends; keeps a peer that sends no line end from filling the memory.
    private const int BytesMax = 1024 * 1024;

    private ReplyLine(byte type, ReadOnlySpan<byte> text)
    {
        Type = type;
        Text = text;
    }

    public byte Type { get; }

    /// <summary>What follows the type byte.</summary>
    public ReadOnlySpan<byte> Text { get; }

    public bool IsBulk => Type is (byte)'$' or (byte)'=' or (byte)'!';

    public bool IsAggregate => Type is (byte)'*' or (byte)'%' or (byte)'~' or (byte)'>' or (byte)'|';

    /// <summary>
    /// Reads a line and moves behind it; false, and nothing moves, when it is not all there.
    /// </summary>
    public static bool TryRead(ref SequenceReader<byte> reader, out ReplyLine line)
    {
        line = default;
        if (!reader.TryPeek(out byte type)) return false;
        if (!"+-:$*_#,(=!~%>|"u8.Contains(type))
            throw new RespProtocolException($"no type of reply starts with byte {type}");

        if (!reader.TryReadTo(out ReadOnlySequence<byte> text, "\r\n"u8))
        {
            if (reader.Remaining > BytesMax)
                throw new RespProtocolException("a reply's first line does not end");
            return false;
        }

        text = text.Slice(1);
        line = new ReplyLine(type, text.IsSingleSegment ? text.FirstSpan : text.ToArray());
        return true;
    }

    /// <summary>The length of a bulk or the count of an aggregate; -1 for a null.</summary>
    public int Length()
    {
        if (RespInteger.TryParse(Text, out long length) && length is >= -1 and <= int.MaxValue)
        {
            if (length >= 0 || Type is (byte)'$' or (byte)'*') return (int)length;
        }

        throw new RespProtocolException("a reply's length is not a number from 0 to 2^31 - 1");
    }

    /// <summary>The number of replies inside an aggregate, 0 for a null.</summary>
    public long ChildCount()
    {
        long count = Math.Max(0, Length());
        return Type is (byte)'%' or (byte)'|' ? count * 2 : count;
    }
}
