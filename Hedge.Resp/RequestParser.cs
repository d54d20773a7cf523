using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Hedge.Resp;

/// <summary>
/// Finds requests in what a client sent. One per connection; it remembers where it stopped.
/// <code>
/// request   = multibulk / inline
/// multibulk = "*" count CR any *bulk       count of them; none when count is 0 or negative
/// bulk      = "$" length CR any bytes any any
/// inline    = *char [CR] LF                the first char is not "*"; see InlineSplitter
/// </code>
/// As in Redis 7.0, the byte after the CR of a length and the two bytes after an argument are skipped
/// unseen, the CR of a length is searched for beyond a LF, a line ends at its first NUL and is then never
/// complete, and a line must end within 64 KiB.
/// </summary>
public sealed class RequestParser
{
    private static readonly SearchValues<byte> LengthEnds = SearchValues.Create("\r\0"u8);
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create("\n\0"u8);

    private ParserLimits _limits;
    private ArgumentRange[] _partial = [];
    private int _partialCount;
    private bool _suspended;

    // The rest means something only between two calls of which the first said Incomplete, and within a slow
    // one.
    private int _position;          // where the line or the argument being read starts
    private int _scanned;           // how far the end of that line has been searched for
    private int _remaining;         // arguments still to be read; 0 before the count is known
    private long _bulkLength = -1;  // the length of the argument at _position; -1 before it is known

    /// <summary>A parser at the start of a connection.</summary>
    /// <param name="limits">Shared or the connection's own; may be replaced later.</param>
    public RequestParser(ParserLimits limits) => _limits = limits;

    /// <summary>
    /// What this connection's requests may ask for. A change holds for the next length that is read.
    /// </summary>
    public ParserLimits Limits
    {
        get => _limits;
        set => _limits = value;
    }

    /// <summary>
    /// After Incomplete: the length the input must have, at least, before another call makes progress. More
    /// than the present length, so a buffer can be made large enough for a long argument at once. At most
    /// 2^31 - 1.
    /// </summary>
    public int BytesWanted { get; private set; }

    /// <summary>
    /// After Error: what to send after "-ERR ", one char per byte (Latin-1), without line ends.
    /// </summary>
    public string ErrorText { get; private set; } = "";

    /// <summary>The bytes of <see cref="ErrorText"/>; any byte but CR and LF can be among them.</summary>
    public ReadOnlyMemory<byte> ErrorBytes => Encoding.Latin1.GetBytes(ErrorText);

    /// <summary>Whether a request has been read in part, or the input was in error.</summary>
    public bool IsSuspended => _suspended;

    /// <summary>Where reading goes on. Nothing before it is looked at again.</summary>
    internal int Position => _suspended ? _position : 0;

    /// <summary>Bytes of lines searched or decoded off the fast path since the parser was made.</summary>
    internal long BytesExamined { get; private set; }

    /// <summary>Reads the request at the start of <paramref name="input"/>.</summary>
    /// <param name="input">
    /// Everything received from the request's first byte on. After Incomplete, the next call gets the same
    /// bytes and more; they may have moved.
    /// </param>
    /// <param name="arguments">Gets the arguments when Complete, otherwise undefined. Any object at each
    /// call.</param>
    /// <param name="consumed">When Complete, the request's length in bytes, at least 1; otherwise 0.</param>
    /// <returns>After Error every call says Error until <see cref="Reset"/>.</returns>
    public ParseStatus Parse(ReadOnlySpan<byte> input, RequestArguments arguments, out int consumed)
    {
        if (_suspended) return Resume(input, arguments, out consumed);

        arguments.Clear();
        int position = 0;
        int remaining = 0;
        if (input.Length >= 4 && input[0] == '*' && input[2] == '\r'
            && input[1] is >= (byte)'1' and <= (byte)'9')
        {
            remaining = input[1] - '0';
            position = ReadShortBulks(input, 4, ref remaining, arguments);
            if (remaining == 0)
            {
                consumed = position;
                return ParseStatus.Complete;
            }
        }

        _position = _scanned = position;
        _remaining = remaining;
        return ReadRequest(input, arguments, out consumed);
    }

    /// <summary>Forgets a request read in part or an error: the next input is a new connection's.</summary>
    public void Reset()
    {
        _suspended = false;
        _partial = [];
        _partialCount = 0;
        _position = _scanned = _remaining = 0;
        _bulkLength = -1;
        ErrorText = "";
        BytesWanted = 0;
    }

    /// <summary>
    /// Reads arguments of up to 999 bytes for as long as they are complete and well-formed, and returns
    /// where it stopped.
    /// </summary>
    private static int ReadShortBulks(
        ReadOnlySpan<byte> input, int position, ref int remaining, RequestArguments arguments)
    {
        const int ShortestBulk = 6; // $0\r\n\r\n

        // SAFETY: every read is at an offset below ShortestBulk from position, and position + ShortestBulk
        // <= length.
        ref byte start = ref MemoryMarshal.GetReference(input);
        int length = input.Length;
        int left = remaining;
        while (left > 0 && length - position >= ShortestBulk)
        {
            ref byte bulk = ref Unsafe.Add(ref start, position);
            if (bulk != '$') break;
            uint size = (uint)Unsafe.Add(ref bulk, 1) - '0';
            if (size > 9) break;

            int body = position + 4;
            uint next = Unsafe.Add(ref bulk, 2);
            if (next != '\r')
            {
                uint digit = next - '0';
                if (digit > 9 || size == 0) break;
                size = size * 10 + digit;
                body++;
                next = Unsafe.Add(ref bulk, 3);
                if (next != '\r')
                {
                    digit = next - '0';
                    if (digit > 9 || Unsafe.Add(ref bulk, 4) != '\r') break;
                    size = size * 10 + digit;
                    body++;
                }
            }

            // The sum cannot overflow: position + 6 is within the input, and the rest is below 1,024.
            if ((uint)body + size + 2 > (uint)length) break;
            arguments.Add(body, (int)size);
            position = body + (int)size + 2;
            left--;
        }

        remaining = left;
        return position;
    }

    private ParseStatus Resume(ReadOnlySpan<byte> input, RequestArguments arguments, out int consumed)
    {
        if (ErrorText.Length != 0)
        {
            consumed = 0;
            return ParseStatus.Error;
        }

        arguments.Clear();
        if (_partialCount > 0) arguments.Exchange(ref _partial, ref _partialCount);
        _partialCount = 0;
        return ReadRequest(input, arguments, out consumed);
    }

    private ParseStatus ReadRequest(ReadOnlySpan<byte> input, RequestArguments arguments, out int consumed)
    {
        consumed = 0;
        if (input.IsEmpty) return Suspend(1, arguments);

        ParseStatus status;
        if (input[0] != '*')
        {
            status = ReadInline(input, arguments);
        }
        else
        {
            status = _remaining > 0 ? ParseStatus.Complete : ReadCount(input, arguments);
            while (status == ParseStatus.Complete && _remaining > 0) status = ReadBulks(input, arguments);
        }

        if (status != ParseStatus.Complete) return status;
        consumed = _position;
        _suspended = false;
        _position = _scanned = 0;
        if (_partial.Length > 64) _partial = [];
        return ParseStatus.Complete;
    }

    private ParseStatus ReadCount(ReadOnlySpan<byte> input, RequestArguments arguments)
    {
        ParseStatus status = FindLengthEnd(
            input, arguments, "Protocol error: too big mbulk count string", out int end);
        if (status != ParseStatus.Complete) return status;

        if (!RespInteger.TryParse(input[1..end], out long count) || count > _limits.MultibulkCountMax)
            return Fail("Protocol error: invalid multibulk length");
        if (count > ParserLimits.UnauthenticatedCountMax && !_limits.Authenticated)
            return Fail("Protocol error: unauthenticated multibulk length");

        _remaining = (int)Math.Max(count, 0);
        _position = _scanned = end + 2;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadBulks(ReadOnlySpan<byte> input, RequestArguments arguments)
    {
        if (_bulkLength < 0)
        {
            int position = ReadShortBulks(input, _position, ref _remaining, arguments);
            if (position != _position) _position = _scanned = position;
            if (_remaining == 0) return ParseStatus.Complete;
            ParseStatus status = ReadLength(input, arguments);
            if (status != ParseStatus.Complete) return status;
        }

        long end = _position + _bulkLength + 2;
        if (end > input.Length) return Suspend(end, arguments);
        arguments.Add(_position, (int)_bulkLength);
        _position = _scanned = (int)end;
        _bulkLength = -1;
        _remaining--;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadLength(ReadOnlySpan<byte> input, RequestArguments arguments)
    {
        ParseStatus status = FindLengthEnd(
            input, arguments, "Protocol error: too big bulk count string", out int end);
        if (status != ParseStatus.Complete) return status;

        if (input[_position] != '$')
        {
            // A line end in an error would end the reply early.
            byte got = input[_position] is (byte)'\r' or (byte)'\n' ? (byte)' ' : input[_position];
            return Fail($"Protocol error: expected '$', got '{(char)got}'");
        }

        if (!RespInteger.TryParse(input[(_position + 1)..end], out long length)
            || length < 0 || length > _limits.ProtoMaxBulkLength)
            return Fail("Protocol error: invalid bulk length");
        if (length > ParserLimits.UnauthenticatedBulkBytesMax && !_limits.Authenticated)
            return Fail("Protocol error: unauthenticated bulk length");

        _bulkLength = length;
        _position = _scanned = end + 2;
        return ParseStatus.Complete;
    }

    private ParseStatus ReadInline(ReadOnlySpan<byte> input, RequestArguments arguments)
    {
        ParseStatus status = FindLineEnd(
            input, arguments, LineEnds, "Protocol error: too big inline request", out int end);
        if (status != ParseStatus.Complete) return status;

        int length = end > 0 && input[end - 1] == '\r' ? end - 1 : end;
        BytesExamined += length;
        if (!InlineSplitter.Split(input[..length], arguments))
            return Fail("Protocol error: unbalanced quotes in request");
        _position = end + 1;
        return ParseStatus.Complete;
    }

    /// <summary>Finds the CR that ends a length, and waits for the byte that follows it.</summary>
    private ParseStatus FindLengthEnd(
        ReadOnlySpan<byte> input, RequestArguments arguments, string tooLong, out int end)
    {
        ParseStatus status = FindLineEnd(input, arguments, LengthEnds, tooLong, out end);
        if (status == ParseStatus.Complete && end + 1 == input.Length) return Suspend(end + 2L, arguments);
        return status;
    }

    private ParseStatus FindLineEnd(
        ReadOnlySpan<byte> input, RequestArguments arguments, SearchValues<byte> ends, string tooLong,
        out int end)
    {
        long limit = (long)_position + ParserLimits.LineBytesMax + 1;
        int searchTo = (int)Math.Min(input.Length, limit);
        int found = input[_scanned..searchTo].IndexOfAny(ends);
        end = found < 0 ? searchTo : _scanned + found;
        BytesExamined += end - _scanned;
        _scanned = end;
        if (found >= 0 && input[end] != 0) return ParseStatus.Complete;

        // Behind a NUL no end is found however much comes, so there is nothing to do before the line is too
        // long.
        if (input.Length >= limit) return Fail(tooLong);
        return Suspend(found < 0 ? input.Length + 1L : limit, arguments);
    }

    private ParseStatus Suspend(long bytesWanted, RequestArguments arguments)
    {
        _suspended = true;
        BytesWanted = (int)Math.Min(bytesWanted, int.MaxValue);
        if (arguments.Count > 0) arguments.Exchange(ref _partial, ref _partialCount);
        return ParseStatus.Incomplete;
    }

    private ParseStatus Fail(string text)
    {
        _suspended = true;
        _partial = [];
        ErrorText = text;
        return ParseStatus.Error;
    }
}
