using System.Globalization;
using System.Text;

namespace Hedge.Tests.Lua.Extensions;

/// <summary>
/// Writes random calls of the libraries as bodies of functions. Some are as they should be, some are not: in
/// types, in formats, in texts that were changed.
/// </summary>
internal sealed class CallGenerator(int seed)
{
    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "2", "3", "7", "-32", "-33", "127", "128", "255", "256", "-128", "-129", "32767",
        "-32769", "65535", "65536", "2^31", "-2^31", "2^32", "2^32 - 1", "2^53", "-2^53", "2^63", "-2^63",
        "2^64", "1e15", "1e300", "-1e300", "0.5", "1.5", "-2.5", "0.1", "1/3", "-0", "1/0", "-1/0", "0/0",
        "1e-7", "123456.789", "1e14", "99999999999999", "123456789012345", "5e-324", "0.1 + 0.2",
    ];

    private static readonly string[] Keys =
        ["0", "-1", "0.5", "11", "25", "100", "1e10", "-2^31", "2^40", "1/0", "true", "false"];

    private static readonly string[] BitFunctions =
        ["tobit", "bnot", "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "bswap"];

    private static readonly string[] StructPieces =
    [
        "b", "B", "h", "H", "l", "L", "T", "i", "I", "i1", "i2", "i3", "I5", "i8", "I9", "i16", "I32", "i33",
        "i0", "f", "d", "s", "c", "c0", "c3", "c10", "x", "!", "!2", "!4", "!8", "!16", "!3", "!1", "<", ">",
        " ", "y", "%", "5", "bc0", "Hc0",
    ];

    private static readonly string[] Settings =
    [
        "encode_sparse_array(true)", "encode_sparse_array(false, 2, 10)", "encode_sparse_array(nil, 1, 3)",
        "encode_max_depth(3)", "encode_max_depth(1000)", "decode_max_depth(2)", "decode_max_depth(1000)",
        "encode_number_precision(3)", "encode_number_precision(14)", "encode_number_precision(1)",
        "encode_invalid_numbers('null')", "encode_invalid_numbers('on')", "encode_invalid_numbers(false)",
        "decode_invalid_numbers(false)", "decode_invalid_numbers(true)", "encode_keep_buffer(false)",
    ];

    private static readonly string[] JsonPieces =
        ["[", "]", "{", "}", ",", ":", "\"", "\\", " ", "\0", "e", "x", "+", "nan", "\xff"];

    private static readonly string[] JsonNumbers =
    [
        "0", "-0", "12", "1.5", "1e5", "-2E-3", "1e999", "0x1F", "0x1p-2", "inf", "-Infinity", "nan",
        "NaN(12)", "01", "1.", ".5", "+3", "-", "1e+", "123456789012345678901234567890", "4.9e-324",
    ];

    private static readonly string[] JsonCharacters =
    [
        "a", "key", "1", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u20aC", "\\ud83d\\ude00", "\\u0000",
        "\xe9", "\x01", "\n", "\\x", "\\ud800", "\\u12", "\\udc00", "xyzxyzxyz",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A call of a library.</summary>
    public string Next(string library) => library switch
    {
        "bit" => Bit(),
        "struct" => Struct(),
        "cjson" => Cjson(),
        _ => MessagePack(),
    };

    private string Bit()
    {
        int count = _random.Next(6) == 0 ? _random.Next(5) : 1 + _random.Next(3);
        if (_random.Next(8) == 0)
        {
            string digits = OneOf("", ", 0", ", 4", ", -4", ", 8", ", -9", ", 20", ", nil", ", 1/0", ", '3'");
            return $"return bit.tohex({Argument()}{digits})";
        }

        return $"return bit.{OneOf(BitFunctions)}({List(count, Argument)})";
    }

    private string Struct()
    {
        var format = new StringBuilder();
        for (int count = _random.Next(6); count >= 0; count--) format.Append(OneOf(StructPieces));
        string arguments = List(_random.Next(7), () => _random.Next(4) == 0 ? Text() : Number());
        switch (_random.Next(5))
        {
            case 0:
                return $"return struct.size('{format}')";
            case 1:
                return $"return struct.pack('{format}', {arguments + (arguments.Length == 0 ? "nil" : "")})";
            case 2:
                return $"local f = '{format}' return struct.unpack(f, struct.pack(f, {List(6, Number)}))";
            case 3:
                return $"local f = '{format}' return struct.unpack(f, struct.pack(f, {List(6, Text)}))";
            default:
                string from = OneOf("", "", ", 1", ", 2", ", 5", ", 0", ", -1", ", 100", ", 2^40");
                return $"local r = {{struct.unpack('{format}', {Bytes(40)}{from})}} return unpack(r)";
        }
    }

    private string Cjson()
    {
        string text = JsonText();
        return _random.Next(12) switch
        {
            0 => $"return cjson.{OneOf(Settings)}",
            1 => $"local j = cjson.new() j.{OneOf(Settings)} j.{OneOf(Settings)} "
                + $"return pcall(j.encode, {Value(0)}), pcall(j.decode, {text})",
            2 or 3 or 4 => $"return cjson.encode({Value(0)})",
            5 => $"local r = cjson.encode({List(_random.Next(3), () => Value(1))}) return r",
            6 => $"return cjson.decode(cjson.encode({Value(0)}))",
            7 => $"local r = cjson.decode({text}) return r, cjson.encode(r)",
            _ => $"return cjson.decode({text})",
        };
    }

    private string MessagePack() => _random.Next(8) switch
    {
        0 or 1 => $"return cmsgpack.pack({List(_random.Next(4), () => Value(0))})",
        2 => $"return cmsgpack.unpack(cmsgpack.pack({List(1 + _random.Next(3), () => Value(0))}))",
        3 => $"local r = {{cmsgpack.unpack({Packed()})}} return unpack(r, 1, 5)",
        4 => $"return cmsgpack.unpack_one({Packed()}{OneOf("", ", 0", ", 1", ", 3", ", -1", ", 99")})",
        5 => $"return cmsgpack.unpack_limit({Packed()}, {OneOf("0", "1", "2", "5", "-1", "nil")}"
            + $"{OneOf("", ", 0", ", 1", ", 3", ", -1", ", 99")})",
        6 => $"local s = cmsgpack.pack({Value(0)}) return cmsgpack.unpack(s:sub({_random.Next(1, 6)}))",
        _ => $"return cmsgpack.unpack({Packed()})",
    };

    private string Argument() => _random.Next(12) switch
    {
        0 => OneOf("nil", "true", "{}", "'x'", "''"),
        1 => OneOf("'5'", "'0xff'", "' -1 '", "'1e3'"),
        2 => _random.Next().ToString(CultureInfo.InvariantCulture),
        3 => (_random.NextDouble() * 1e10).ToString("R", CultureInfo.InvariantCulture),
        _ => OneOf(Numbers),
    };

    private string Number() => _random.Next(5) switch
    {
        0 => Fraction(-20).ToString("R", CultureInfo.InvariantCulture),
        1 => _random.NextInt64(-1L << 40, 1L << 40).ToString(CultureInfo.InvariantCulture),
        _ => OneOf(Numbers),
    };

    private double Fraction(int exponentMin) =>
        _random.NextDouble() * Math.Pow(10, _random.Next(exponentMin, 20));

    private string Value(int depth)
    {
        int kind = _random.Next(depth > 3 ? 8 : 14);
        return kind switch
        {
            0 => OneOf("nil", "true", "false", "cjson.null", "cjson.null", "pcall"),
            1 or 2 or 3 or 4 => Number(),
            < 8 => Text(),
            _ => Table(depth + 1),
        };
    }

    private string Table(int depth)
    {
        var text = new StringBuilder("{");
        int count = _random.Next(10) == 0 ? 20 : _random.Next(5);
        int kind = _random.Next(4);
        for (int i = 0; i < count; i++)
        {
            string key = kind switch
            {
                0 or 1 => "",
                2 => $"[{Text()}] = ",
                _ => _random.Next(3) == 0 ? $"[{OneOf(Keys)}] = " : $"[{1 + _random.Next(12)}] = ",
            };
            text.Append(key).Append(Value(depth)).Append(", ");
        }

        return text.Append('}').ToString();
    }

    private string Text() => _random.Next(8) switch
    {
        0 => $"('{(char)_random.Next('a', 'z')}'):rep({_random.Next(300)})",
        1 => Bytes(12),
        _ => $"'{OneOf("", "a", "b", "key", "a/b", "\\\\", "\\\"", "\\n\\t", "12", "-7", "\\0", "\\200x")}'",
    };

    private string Bytes(int lengthMax)
    {
        byte[] bytes = new byte[_random.Next(lengthMax)];
        _random.NextBytes(bytes);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (_random.Next(3) == 0) bytes[i] = (byte)OneOf(0, 1, 3, 255, '3', 'a', 127, 128);
        }

        return Quoted(bytes);
    }

    // Codes of MessagePack with plausible lengths behind them.
    private string Packed()
    {
        List<byte> bytes = [];
        for (int count = _random.Next(8); count > 0; count--)
        {
            switch (_random.Next(6))
            {
                case 0:
                    bytes.Add((byte)_random.Next(256));
                    break;
                case 1:
                    bytes.Add((byte)_random.Next(0x80, 0xB0));
                    break;
                case 2:
                    bytes.AddRange([(byte)_random.Next(0xC0, 0xE0), 0, (byte)_random.Next(4)]);
                    break;
                case 3:
                    byte[] number = new byte[9];
                    _random.NextBytes(number);
                    number[0] = (byte)_random.Next(0xCA, 0xD4);
                    bytes.AddRange(number);
                    break;
                case 4:
                    bytes.AddRange([0x81, 0xA1, (byte)'k']);
                    break;
                default:
                    bytes.AddRange([0x92, 1]);
                    break;
            }
        }

        return Quoted([.. bytes]);
    }

    private string JsonText()
    {
        var text = new StringBuilder();
        Json(text, 0);
        for (int changes = Math.Max(_random.Next(6) - 3, 0); changes > 0 && text.Length > 0; changes--)
        {
            int at = _random.Next(text.Length);
            int length = Math.Min(_random.Next(4), text.Length - at);
            if (_random.Next(2) == 0) text.Remove(at, length);
            else text.Insert(at, OneOf(JsonPieces));
        }

        return Quoted(Encoding.Latin1.GetBytes(text.ToString()));
    }

    private void Json(StringBuilder text, int depth)
    {
        if (_random.Next(5) == 0) text.Append(OneOf(" ", "\n", "\t\r"));
        switch (_random.Next(depth > 3 ? 6 : 10))
        {
            case 0:
                text.Append(OneOf("true", "false", "null", "null"));
                break;
            case 1 or 2:
                text.Append(OneOf(JsonNumbers));
                break;
            case 3:
                text.Append(CultureInfo.InvariantCulture, $"{Fraction(-10)}");
                break;
            case < 6:
                JsonString(text);
                break;
            case < 8:
                text.Append('[');
                for (int i = _random.Next(5); i > 0; i--)
                {
                    Json(text, depth + 1);
                    if (i > 1) text.Append(',');
                }

                text.Append(']');
                break;
            default:
                text.Append('{');
                for (int i = _random.Next(5); i > 0; i--)
                {
                    JsonString(text);
                    text.Append(OneOf(":", " : "));
                    Json(text, depth + 1);
                    if (i > 1) text.Append(',');
                }

                text.Append('}');
                break;
        }

        if (_random.Next(8) == 0) text.Append(' ');
    }

    private void JsonString(StringBuilder text)
    {
        text.Append('"');
        for (int i = _random.Next(4); i > 0; i--)
        {
            text.Append(OneOf(JsonCharacters));
        }

        text.Append('"');
    }

    private static string Quoted(byte[] bytes)
    {
        var text = new StringBuilder("'");
        foreach (byte b in bytes)
        {
            if (b is >= 32 and < 127 and not (byte)'\'' and not (byte)'\\') text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\{b:d3}");
        }

        return text.Append('\'').ToString();
    }

    private static string List(int count, Func<string> next) =>
        string.Join(", ", Enumerable.Range(0, count).Select(_ => next()));

    private T OneOf<T>(params T[] all) => all[_random.Next(all.Length)];
}
