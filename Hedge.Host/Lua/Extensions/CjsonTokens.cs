using System.Buffers;
using System.Globalization;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>What a text for <c>cjson.decode</c> consists of.</summary>
internal enum CjsonToken
{
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String,
    Number,
    Boolean,
    Null,
    Colon,
    Comma,
    End,
    Error,
}

/// <summary>
/// Cuts a text into tokens. Long strings come in parts. A zero byte ends the text, as in C.
/// </summary>
internal sealed class CjsonTokens(LuaMachine machine, LuaString text, bool takesInvalidNumbers)
{
    private const int StringBytesPerStep = 4096;

    private static readonly string[] Names =
    [
        "T_OBJ_BEGIN", "T_OBJ_END", "T_ARR_BEGIN", "T_ARR_END", "T_STRING", "T_NUMBER", "T_BOOLEAN",
        "T_NULL", "T_COLON", "T_COMMA", "T_END",
    ];

    private static readonly SearchValues<byte> StringStops = SearchValues.Create("\"\\\0"u8);

    private readonly ByteBuffer _parts = new(machine.Memory);
    private int _start;
    private bool _isInString;
    private string _problem = "";

    /// <summary>How many bytes were read.</summary>
    public int At { get; private set; }

    /// <summary>The token that was read last.</summary>
    public CjsonToken Token { get; private set; }

    /// <summary>The value of a string, a number, a truth value or null.</summary>
    public LuaValue Value { get; private set; }

    /// <summary>Adds what it holds to a count.</summary>
    public void Count(MemoryCount count)
    {
        count.Add(Value);
        _parts.Count(count);
    }

    /// <summary>Reads the next token; false when a string has to be gone on with.</summary>
    public bool Read()
    {
        if (_isInString) return ReadStringPart();
        ReadOnlySpan<byte> rest = text.Span[At..];
        int spaces = rest.IndexOfAnyExcept(" \t\n\r"u8);
        At += spaces < 0 ? rest.Length : spaces;
        _start = At;
        byte b = Peek(0);
        Token = b switch
        {
            (byte)'{' => CjsonToken.ObjectBegin,
            (byte)'}' => CjsonToken.ObjectEnd,
            (byte)'[' => CjsonToken.ArrayBegin,
            (byte)']' => CjsonToken.ArrayEnd,
            (byte)':' => CjsonToken.Colon,
            (byte)',' => CjsonToken.Comma,
            (byte)'"' => CjsonToken.String,
            0 => CjsonToken.End,
            _ => CjsonToken.Error,
        };
        if (Token == CjsonToken.Error) ReadWord(b);
        else if (Token != CjsonToken.End) At++;
        if (Token != CjsonToken.String) return true;
        _isInString = true;
        _parts.Clear();
        return ReadStringPart();
    }

    /// <summary>The error that something else than the last token had to come.</summary>
    public LuaException Unexpected(LuaCall c, string expected)
    {
        string found = Token == CjsonToken.Error ? _problem : Names[(int)Token];
        return c.Failure(string.Create(CultureInfo.InvariantCulture,
            $"Expected {expected} but found {found} at character {_start + 1}"));
    }

    private byte Peek(int distance) =>
        At + distance < text.Length ? text.Span[At + distance] : (byte)0;

    private void ReadWord(byte first)
    {
        ReadOnlySpan<byte> rest = text.Span[At..];
        if ((uint)(first - '0') <= 9 || first == '-')
        {
            if (!takesInvalidNumbers && IsInvalidNumber()) Fail("invalid number");
            else ReadNumber(rest);
        }
        else if (rest.StartsWith("true"u8)) Take(CjsonToken.Boolean, true, 4);
        else if (rest.StartsWith("false"u8)) Take(CjsonToken.Boolean, false, 5);
        else if (rest.StartsWith("null"u8)) Take(CjsonToken.Null, LuaUserdata.Null, 4);
        else if (takesInvalidNumbers && first is (byte)'+' or (byte)'i' or (byte)'I' or (byte)'n' or (byte)'N'
            && IsInvalidNumber()) ReadNumber(rest);
        else Fail("invalid token");
    }

    private void ReadNumber(ReadOnlySpan<byte> rest)
    {
        int length = NumberPrefix.Read(rest, out double number);
        if (length == 0) Fail("invalid number");
        else Take(CjsonToken.Number, number, length);
    }

    // A number that JSON does not have, or a word that begins like one: with a plus, hexadecimal, with a zero
    // before other digits, infinity or NaN.
    private bool IsInvalidNumber()
    {
        if (Peek(0) == '+') return true;
        int at = Peek(0) == '-' ? 1 : 0;
        byte first = Peek(at);
        if (first == '0') return (Peek(at + 1) | 0x20) == 'x' || (uint)(Peek(at + 1) - '0') <= 9;
        ReadOnlySpan<byte> word = text.Span[Math.Min(At + at, text.Length)..];
        return NumberPrefix.StartsWith(word, "inf"u8) || NumberPrefix.StartsWith(word, "nan"u8);
    }

    private void Take(CjsonToken token, in LuaValue value, int length)
    {
        Token = token;
        Value = value;
        At += length;
    }

    private void Fail(string problem)
    {
        Token = CjsonToken.Error;
        _problem = problem;
        _start = At;
        _isInString = false;
    }

    // Goes on to the end of the string; false when that is far.
    private bool ReadStringPart()
    {
        int left = StringBytesPerStep;
        while (left > 0)
        {
            ReadOnlySpan<byte> rest = text.Span[At..];
            if (rest.Length > left) rest = rest[..left];
            int stop = rest.IndexOfAny(StringStops);
            int plain = stop < 0 ? rest.Length : stop;
            left -= plain + 1;
            if (stop >= 0 && rest[stop] == '"')
            {
                EndString(rest[..plain]);
                return true;
            }

            _parts.Add(rest[..plain]);
            At += plain;
            if (stop < 0 && At < text.Length) continue;
            if (Peek(0) != '\\') Fail("unexpected end of string");
            else ReadEscape();
            if (!_isInString) return true;
        }

        return false;
    }

    private void EndString(ReadOnlySpan<byte> last)
    {
        _isInString = false;
        At += last.Length + 1;
        if (_parts.Length == 0)
        {
            Value = machine.NewString(last);
            return;
        }

        _parts.Add(last);
        Value = _parts.ToLuaString();
    }

    private void ReadEscape()
    {
        byte letter = Peek(1);
        int b = letter switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' => letter,
            (byte)'b' => '\b',
            (byte)'t' => '\t',
            (byte)'n' => '\n',
            (byte)'f' => '\f',
            (byte)'r' => '\r',
            _ => -1,
        };
        if (letter == 'u')
        {
            ReadCodePoint();
        }
        else if (b < 0)
        {
            Fail("invalid escape code");
        }
        else
        {
            _parts.Add((byte)b);
            At += 2;
        }
    }

    private void ReadCodePoint()
    {
        int codePoint = HexDigits(2);
        int length = 6;
        bool isSurrogate = (codePoint & 0xF800) == 0xD800;
        if (isSurrogate && codePoint >= 0)
        {
            int low = Peek(6) == '\\' && Peek(7) == 'u' ? HexDigits(8) : -1;
            bool isPair = (codePoint & 0x400) == 0 && low >= 0 && (low & 0xFC00) == 0xDC00;
            codePoint = isPair ? (((codePoint & 0x3FF) << 10) | (low & 0x3FF)) + 0x10000 : -1;
            length = 12;
        }

        if (codePoint < 0)
        {
            Fail("invalid unicode escape code");
            return;
        }

        Span<byte> utf8 = stackalloc byte[4];
        _parts.Add(utf8[..new System.Text.Rune(codePoint).EncodeToUtf8(utf8)]);
        At += length;
    }

    private int HexDigits(int distance)
    {
        int number = 0;
        for (int i = 0; i < 4; i++)
        {
            int digit = LuaNumber.Digit(Peek(distance + i));
            if (digit > 15) return -1;
            number = (number << 4) | digit;
        }

        return number;
    }
}
