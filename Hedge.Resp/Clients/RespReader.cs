using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hedge.Resp.Clients;

/// <summary>
/// Reads replies of RESP2 and RESP3 from a sequence, for clients, tools and tests. Moves only when a reply
/// is complete. Streamed strings and aggregates are not supported; Redis sends none.
/// </summary>
public ref struct RespReader
{
    /// <summary>How deep replies may be nested.</summary>
    public const int DepthMax = 128;

    private SequenceReader<byte> _reader;

    /// <summary>A reader at the start of <paramref name="input"/>.</summary>
    public RespReader(ReadOnlySequence<byte> input) => _reader = new SequenceReader<byte>(input);

    /// <summary>Where the next reply starts.</summary>
    public readonly SequencePosition Position => _reader.Position;

    /// <summary>Bytes of the replies read so far.</summary>
    public readonly long Consumed => _reader.Consumed;

    /// <summary>
    /// Reads a reply with its attributes; false when it is not complete. The result holds copies.
    /// </summary>
    /// <exception cref="RespProtocolException">The bytes are no reply.</exception>
    public bool TryRead(out RespValue? value)
    {
        SequenceReader<byte> start = _reader;
        if (TryRead(0, out value)) return true;
        _reader = start;
        return false;
    }

    private bool TryRead(int depth, out RespValue? value)
    {
        value = null;
        if (depth > DepthMax) throw new RespProtocolException("a reply is nested too deep");
        if (!ReplyLine.TryRead(ref _reader, out ReplyLine line)) return false;
        if (line.Type == '|') return TryReadAttributes(line, depth, out value);
        if (line.IsAggregate) return TryReadAggregate(line, depth, out value);
        if (line.IsBulk) return TryReadBulk(line, out value);

        value = line.Type switch
        {
            (byte)'+' => RespValue.OfBytes(RespKind.SimpleString, line.Text.ToArray()),
            (byte)'-' => RespValue.OfBytes(RespKind.Error, line.Text.ToArray()),
            (byte)'(' => RespValue.OfBytes(RespKind.BigNumber, line.Text.ToArray()),
            (byte)':' => RespValue.OfInteger(ParseInteger(line.Text)),
            (byte)',' => RespValue.OfDouble(ParseDouble(line.Text), line.Text.ToArray()),
            (byte)'#' => RespValue.OfBoolean(ParseBoolean(line.Text)),
            _ => RespValue.OfNull(RespKind.Null),
        };
        return true;
    }

    private bool TryReadBulk(scoped ReplyLine line, out RespValue? value)
    {
        value = null;
        int length = line.Length();
        if (length < 0)
        {
            value = RespValue.OfNull(RespKind.NullBulk);
            return true;
        }

        if (_reader.Remaining < length + 2L) return false;
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        _reader.TryCopyTo(bytes);
        _reader.Advance(length);
        if (!_reader.IsNext("\r\n"u8, advancePast: true))
            throw new RespProtocolException("a bulk is longer than its length says");

        if (line.Type == '=')
        {
            if (length < 4 || bytes[3] != ':')
                throw new RespProtocolException("a verbatim string has no format");
            value = RespValue.OfVerbatim(Encoding.Latin1.GetString(bytes, 0, 3), bytes.AsMemory(4));
            return true;
        }

        value = RespValue.OfBytes(line.Type == '!' ? RespKind.BulkError : RespKind.Bulk, bytes);
        return true;
    }

    private bool TryReadAttributes(scoped ReplyLine line, int depth, out RespValue? value)
    {
        if (!TryReadAggregate(line, depth, out RespValue? attributes) || !TryRead(depth + 1, out value))
        {
            value = null;
            return false;
        }

        value = value!.WithAttributes(attributes!);
        return true;
    }

    private bool TryReadAggregate(scoped ReplyLine line, int depth, out RespValue? value)
    {
        value = null;
        if (line.Length() < 0)
        {
            value = RespValue.OfNull(RespKind.NullArray);
            return true;
        }

        // Every child takes three bytes at least, which bounds the list before it is made.
        long count = line.ChildCount();
        if (count * 3 > _reader.Remaining) return false;
        RespKind kind = line.Type switch
        {
            (byte)'%' or (byte)'|' => RespKind.Map,
            (byte)'~' => RespKind.Set,
            (byte)'>' => RespKind.Push,
            _ => RespKind.Array,
        };
        RespValue[] children = new RespValue[count];
        for (int index = 0; index < children.Length; index++)
        {
            if (!TryRead(depth + 1, out RespValue? child)) return false;
            children[index] = child!;
        }

        value = RespValue.OfChildren(kind, children);
        return true;
    }

    private static long ParseInteger(ReadOnlySpan<byte> text)
    {
        if (RespInteger.TryParse(text, out long value)) return value;
        throw new RespProtocolException("a reply is no integer");
    }

    private static bool ParseBoolean(ReadOnlySpan<byte> text)
    {
        if (text.Length == 1 && text[0] is (byte)'t' or (byte)'f') return text[0] == 't';
        throw new RespProtocolException("a reply is no truth value");
    }

    private static double ParseDouble(ReadOnlySpan<byte> text)
    {
        if (text.SequenceEqual("inf"u8)) return double.PositiveInfinity;
        if (text.SequenceEqual("-inf"u8)) return double.NegativeInfinity;
        if (text.SequenceEqual("nan"u8) || text.SequenceEqual("-nan"u8)) return double.NaN;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            return value;
        throw new RespProtocolException("a reply is no number");
    }
}
