using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hedge.Resp;

/// <summary>
/// Writes replies in RESP2 or RESP3 to one buffer after another; one per core. What RESP2 has no type for is
/// written as Redis writes it there. Source: the Redis serialization protocol specification,
/// redis.io/docs/reference/protocol-spec.
/// </summary>
public sealed class RespWriter
{
    // A longer text is written piece by piece, so that a buffer need not provide it in one span.
    private const int WholeBytesMax = 64 * 1024;
    private const int PieceBytes = 1024 * 1024;

    // A type byte, an integer, CR and LF.
    private const int LineBytesMax = 1 + RespInteger.TextBytesMax + 2;

    private readonly DeferredReplies _deferred = new();
    private IBufferWriter<byte> _output;
    private IBufferWriter<byte> _target;

    /// <summary>A writer that needs <see cref="Reset"/> before its first reply.</summary>
    public RespWriter() => _output = _target = _deferred;

    /// <summary><c>+OK</c>, encoded.</summary>
    public static ReadOnlySpan<byte> EncodedOk => "+OK\r\n"u8;

    /// <summary><c>+PONG</c>, encoded.</summary>
    public static ReadOnlySpan<byte> EncodedPong => "+PONG\r\n"u8;

    /// <summary><c>+QUEUED</c>, encoded.</summary>
    public static ReadOnlySpan<byte> EncodedQueued => "+QUEUED\r\n"u8;

    /// <summary>
    /// The protocol of what is written: 2 or 3. Set by HELLO, whose own reply is in the new one.
    /// </summary>
    public int Protocol { get; set; } = 2;

    /// <summary>
    /// Turns to another connection, or to another protocol. Deferred replies that were not ended are dropped.
    /// </summary>
    /// <param name="output">Gets the replies.</param>
    /// <param name="protocol">2 or 3.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reset(IBufferWriter<byte> output, int protocol)
    {
        _output = _target = output;
        Protocol = protocol;
        if (_deferred.Depth > 0) _deferred.Clear();
    }

    /// <summary>A simple string: ASCII without CR and LF.</summary>
    public void SimpleString(string text)
    {
        Span<byte> span = _target.GetSpan(text.Length + 3);
        span[0] = (byte)'+';
        Encoding.Latin1.GetBytes(text, span[1..]);
        EndLine(span, text.Length + 1);
    }

    /// <summary>A simple string: bytes without CR and LF.</summary>
    public void SimpleString(ReadOnlySpan<byte> text) => TextLine('+', text);

    /// <summary><c>+OK</c>.</summary>
    public void Ok() => Raw(EncodedOk);

    /// <summary>An error.</summary>
    /// <param name="text">Code and message, as in "ERR syntax error"; CR and LF become spaces.</param>
    public void Error(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Encoding.UTF8.GetBytes(text, rented);
        Error(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>An error.</summary>
    /// <param name="text">Code and message; CR and LF at the ends are left out, others become spaces.</param>
    public void Error(ReadOnlySpan<byte> text)
    {
        text = text.Trim("\r\n"u8);
        Span<byte> span = _target.GetSpan(text.Length + 3);
        span[0] = (byte)'-';
        Span<byte> body = span.Slice(1, text.Length);
        text.CopyTo(body);
        body.Replace((byte)'\r', (byte)' ');
        body.Replace((byte)'\n', (byte)' ');
        EndLine(span, text.Length + 1);
    }

    /// <summary>An integer.</summary>
    public void Integer(long value) => Line(':', value);

    /// <summary>A bulk string.</summary>
    public void Bulk(ReadOnlySpan<byte> value)
    {
        if (value.Length > WholeBytesMax)
        {
            LongBulk(value);
            return;
        }

        Span<byte> span = _target.GetSpan(value.Length + LineBytesMax + 2);
        span[0] = (byte)'$';
        int length = 1 + RespInteger.Format(value.Length, span[1..]);
        span[length++] = (byte)'\r';
        span[length++] = (byte)'\n';
        value.CopyTo(span[length..]);
        EndLine(span, length + value.Length);
    }

    /// <summary>A bulk string of ASCII (or Latin-1) text.</summary>
    public void BulkAscii(string value)
    {
        Span<byte> span = _target.GetSpan(value.Length + LineBytesMax + 2);
        span[0] = (byte)'$';
        int length = 1 + RespInteger.Format(value.Length, span[1..]);
        span[length++] = (byte)'\r';
        span[length++] = (byte)'\n';
        Encoding.Latin1.GetBytes(value, span[length..]);
        EndLine(span, length + value.Length);
    }

    /// <summary>A bulk string that is an integer's text.</summary>
    public void BulkInteger(long value)
    {
        Span<byte> text = stackalloc byte[RespInteger.TextBytesMax];
        Bulk(text[..RespInteger.Format(value, text)]);
    }

    /// <summary>No value where a string would be.</summary>
    public void Null() => Raw(Protocol == 2 ? "$-1\r\n"u8 : "_\r\n"u8);

    /// <summary>No value where an array would be.</summary>
    public void NullArray() => Raw(Protocol == 2 ? "*-1\r\n"u8 : "_\r\n"u8);

    /// <summary>Starts an array; its elements follow.</summary>
    public void ArrayHeader(int count) => Line('*', count);

    /// <summary>
    /// Starts a map; a key and a value follow for each pair. In RESP2 an array of twice as many.
    /// </summary>
    public void MapHeader(int pairs) => Header(ReplyAggregate.Map, pairs);

    /// <summary>Starts a set; in RESP2 an array.</summary>
    public void SetHeader(int count) => Header(ReplyAggregate.Set, count);

    /// <summary>Starts a message outside the order of replies; in RESP2 an array.</summary>
    public void PushHeader(int count) => Header(ReplyAggregate.Push, count);

    /// <summary>
    /// Starts attributes, which precede the reply they describe. False in RESP2, which has none: write none
    /// then.
    /// </summary>
    public bool AttributeHeader(int pairs)
    {
        if (Protocol == 2) return false;
        Line('|', pairs);
        return true;
    }

    /// <summary>Starts an aggregate of a kind known at run time only.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="count">Elements, or pairs of a map.</param>
    public void Header(ReplyAggregate kind, int count)
    {
        bool plain = Protocol == 2;
        switch (kind)
        {
            case ReplyAggregate.Map: Line(plain ? '*' : '%', plain ? 2L * count : count); break;
            case ReplyAggregate.Set: Line(plain ? '*' : '~', count); break;
            case ReplyAggregate.Push: Line(plain ? '*' : '>', count); break;
            default: Line('*', count); break;
        }
    }

    /// <summary>
    /// A floating-point number in its shortest form (<see cref="RespDouble"/>); in RESP2 a bulk string.
    /// </summary>
    public void Double(double value)
    {
        Span<byte> text = stackalloc byte[RespDouble.TextBytesMax];
        text = text[..RespDouble.Format(value, text)];
        if (Protocol == 2) Bulk(text);
        else TextLine(',', text);
    }

    /// <summary>A truth value; in RESP2 the integer 1 or 0.</summary>
    public void Boolean(bool value)
    {
        if (Protocol == 2) Raw(value ? ":1\r\n"u8 : ":0\r\n"u8);
        else Raw(value ? "#t\r\n"u8 : "#f\r\n"u8);
    }

    /// <summary>An integer of any size, in decimal digits; in RESP2 a bulk string.</summary>
    public void BigNumber(ReadOnlySpan<byte> digits)
    {
        if (Protocol == 2) Bulk(digits);
        else TextLine('(', digits);
    }

    /// <summary>A text to be shown as it is; in RESP2 a bulk string.</summary>
    /// <param name="extension">The format in three ASCII characters: "txt" or "mkd".</param>
    /// <param name="text">The text.</param>
    public void Verbatim(string extension, ReadOnlySpan<byte> text)
    {
        if (Protocol == 2)
        {
            Bulk(text);
            return;
        }

        Line('=', text.Length + 4L);
        Span<byte> span = _target.GetSpan(4);
        for (int index = 0; index < 3; index++)
            span[index] = index < extension.Length ? (byte)extension[index] : (byte)' ';
        span[3] = (byte)':';
        _target.Advance(4);
        Raw(text);
        Raw("\r\n"u8);
    }

    /// <summary>Bytes that are encoded already.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > WholeBytesMax)
        {
            Span<byte> piece = _target.GetSpan(Math.Min(bytes.Length, PieceBytes));
            int length = Math.Min(piece.Length, bytes.Length);
            bytes[..length].CopyTo(piece);
            _target.Advance(length);
            bytes = bytes[length..];
        }

        bytes.CopyTo(_target.GetSpan(bytes.Length));
        _target.Advance(bytes.Length);
    }

    /// <summary>
    /// Starts an aggregate whose length is not known yet: what is written from now on is kept aside until
    /// <see cref="EndDeferred"/>. May be nested; the copying makes it dearer than a header.
    /// </summary>
    public void BeginDeferred()
    {
        _deferred.Begin();
        _target = _deferred;
    }

    /// <summary>Ends the aggregate started last: writes its header and what was kept aside.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="count">Elements, or pairs of a map, written since.</param>
    public void EndDeferred(ReplyAggregate kind, int count)
    {
        if (_deferred.Depth == 1)
        {
            _target = _output;
            Header(kind, count);
            Raw(_deferred.Written);
            _deferred.Clear();
            return;
        }

        int end = _deferred.Written.Length;
        Header(kind, count);
        _deferred.EndNested(end);
    }

    private void LongBulk(ReadOnlySpan<byte> value)
    {
        Line('$', value.Length);
        Raw(value);
        Raw("\r\n"u8);
    }

    private void TextLine(char type, ReadOnlySpan<byte> text)
    {
        Span<byte> span = _target.GetSpan(text.Length + 3);
        span[0] = (byte)type;
        text.CopyTo(span[1..]);
        EndLine(span, text.Length + 1);
    }

    private void Line(char type, long value)
    {
        Span<byte> span = _target.GetSpan(LineBytesMax);
        span[0] = (byte)type;
        EndLine(span, 1 + RespInteger.Format(value, span[1..]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void EndLine(Span<byte> span, int length)
    {
        span[length] = (byte)'\r';
        span[length + 1] = (byte)'\n';
        _target.Advance(length + 2);
    }
}
