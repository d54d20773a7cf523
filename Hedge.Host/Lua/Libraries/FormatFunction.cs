using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary><c>string.format</c>, with C's conversions as Lua 5.1 passes them on.</summary>
internal static class FormatFunction
{
    private const int BytesPerInstruction = 16;
    private const int PlainStringMin = 100;

    public static LuaAction Format(LuaCall c)
    {
        ReadOnlySpan<byte> format = c.String(1).Span;
        var result = new ByteBuffer(c.Machine.Memory);
        int argument = 1;
        while (format.Length > 0)
        {
            int percent = format.IndexOf((byte)'%');
            if (percent < 0) break;
            result.Add(format[..percent]);
            format = format[(percent + 1)..];
            if (format.Length > 0 && format[0] == '%')
            {
                result.Add((byte)'%');
                format = format[1..];
                continue;
            }

            if (++argument > c.Count) throw c.BadArgument(argument, "no value");
            Conversion conversion = Read(c, ref format);
            Write(c, result, conversion, argument);
        }

        result.Add(format);
        c.Spend(result.Length / BytesPerInstruction);
        return c.Return(result.ToLuaString());
    }

    private static Conversion Read(LuaCall c, ref ReadOnlySpan<byte> format)
    {
        var conversion = new Conversion { Precision = -1 };
        int at = 0;
        for (; at < format.Length && "-+ #0"u8.Contains(format[at]); at++)
        {
            switch (format[at])
            {
                case (byte)'-':
                    conversion.Left = true;
                    break;
                case (byte)'+':
                    conversion.Plus = true;
                    break;
                case (byte)' ':
                    conversion.Space = true;
                    break;
                case (byte)'#':
                    conversion.Alternate = true;
                    break;
                default:
                    conversion.Zero = true;
                    break;
            }
        }

        if (at > 5) throw c.Failure("invalid format (repeated flags)");
        conversion.Width = ReadNumber(format, ref at);
        if (at < format.Length && format[at] == '.')
        {
            at++;
            conversion.Precision = ReadNumber(format, ref at);
        }

        if (at < format.Length && (uint)(format[at] - '0') <= 9)
            throw c.Failure("invalid format (width or precision too long)");
        conversion.Kind = at < format.Length ? format[at] : (byte)0;
        format = format[Math.Min(at + 1, format.Length)..];
        return conversion;
    }

    private static int ReadNumber(ReadOnlySpan<byte> format, ref int at)
    {
        int number = 0;
        for (int i = 0; i < 2 && at < format.Length && (uint)(format[at] - '0') <= 9; i++)
            number = (number * 10) + format[at++] - '0';
        return number;
    }

    private static void Write(LuaCall c, ByteBuffer result, in Conversion conversion, int argument)
    {
        switch (conversion.Kind)
        {
            case (byte)'c':
                // C ends the text at a zero byte.
                byte b = (byte)double.ConvertToIntegerNative<int>(c.Number(argument));
                if (b != 0) Pad(result, [b], conversion, false);
                else if (!conversion.Left) result.Extend(Math.Max(conversion.Width - 1, 0)).Fill((byte)' ');
                break;
            case (byte)'d' or (byte)'i':
                WriteSigned(result, c.Integer(argument), conversion);
                break;
            case (byte)'u' or (byte)'o' or (byte)'x' or (byte)'X':
                WriteUnsigned(result, LuaArithmetic.ToUnsigned(c.Number(argument)), conversion);
                break;
            case (byte)'e' or (byte)'E' or (byte)'f' or (byte)'g' or (byte)'G':
                WriteFloat(result, c.Number(argument), conversion);
                break;
            case (byte)'q':
                WriteQuoted(result, c.String(argument).Span);
                break;
            case (byte)'s':
                WriteString(result, c.String(argument).Span, conversion);
                break;
            default:
                string kind = conversion.Kind == 0 ? "" : ((char)conversion.Kind).ToString();
                throw c.Failure($"invalid option '%{kind}' to 'format'");
        }
    }

    private static void WriteString(ByteBuffer result, ReadOnlySpan<byte> text, in Conversion conversion)
    {
        if (conversion.Precision < 0 && text.Length >= PlainStringMin)
        {
            result.Add(text);
            return;
        }

        int zero = text.IndexOf((byte)0);
        if (zero >= 0) text = text[..zero];
        if (conversion.Precision >= 0 && conversion.Precision < text.Length)
            text = text[..conversion.Precision];
        Pad(result, text, conversion, false);
    }

    private static void WriteQuoted(ByteBuffer result, ReadOnlySpan<byte> text)
    {
        result.Add((byte)'"');
        foreach (byte b in text)
        {
            if (b is (byte)'"' or (byte)'\\' or (byte)'\n') result.Add([(byte)'\\', b]);
            else if (b == '\r') result.Add("\\r"u8);
            else if (b == 0) result.Add("\\000"u8);
            else result.Add(b);
        }

        result.Add((byte)'"');
    }

    private static void WriteSigned(ByteBuffer result, long number, in Conversion conversion)
    {
        Span<byte> text = stackalloc byte[128];
        int at = 0;
        if (number < 0) text[at++] = (byte)'-';
        else if (conversion.Plus) text[at++] = (byte)'+';
        else if (conversion.Space) text[at++] = (byte)' ';
        at += WriteDigits(text[at..], number < 0 ? 0 - (ulong)number
            : (ulong)number, 10, false, conversion.Precision);
        Pad(result, text[..at], conversion, conversion.Precision < 0);
    }

    private static void WriteUnsigned(ByteBuffer result, ulong number, in Conversion conversion)
    {
        Span<byte> text = stackalloc byte[128];
        int at = 0;
        uint radix = conversion.Kind switch { (byte)'o' => 8u, (byte)'u' => 10u, _ => 16u };
        if (conversion.Alternate && radix == 16 && number != 0)
        {
            text[at++] = (byte)'0';
            text[at++] = conversion.Kind;
        }

        int digits = WriteDigits(text[at..], number, radix, conversion.Kind == 'X', conversion.Precision);
        if (conversion.Alternate && radix == 8 && (digits == 0 || text[at] != '0'))
        {
            text.Slice(at, digits).CopyTo(text[(at + 1)..]);
            text[at] = (byte)'0';
            digits++;
        }

        Pad(result, text[..(at + digits)], conversion, conversion.Precision < 0);
    }

    // At least so many digits as the precision says; none for 0 with precision 0.
    private static int WriteDigits(Span<byte> into, ulong number, uint radix, bool upper, int precision)
    {
        Span<byte> reversed = stackalloc byte[128];
        int count = 0;
        for (; number != 0; number /= radix)
        {
            uint digit = (uint)(number % radix);
            reversed[count++] = (byte)(digit < 10 ? '0' + digit : (upper ? 'A' : 'a') + digit - 10);
        }

        int least = precision < 0 ? 1 : precision;
        while (count < least) reversed[count++] = (byte)'0';
        reversed[..count].Reverse();
        reversed[..count].CopyTo(into);
        return count;
    }

    private static void WriteFloat(ByteBuffer result, double number, in Conversion conversion)
    {
        Span<byte> text = stackalloc byte[512];
        int precision = conversion.Precision < 0 ? 6 : conversion.Precision;
        bool negative = double.IsNegative(number);
        int at = 0;
        if (negative) text[at++] = (byte)'-';
        else if (conversion.Plus) text[at++] = (byte)'+';
        else if (conversion.Space) text[at++] = (byte)' ';
        number = Math.Abs(number);
        Span<byte> digits = text[at..];
        int length = (conversion.Kind | 0x20) switch
        {
            'e' => LuaNumber.FormatScientific(number, precision, digits),
            'f' => LuaNumber.FormatFixed(number, precision, digits),
            _ => LuaNumber.FormatGeneral(number, precision, conversion.Alternate, digits),
        };
        if (conversion.Alternate && double.IsFinite(number)) length = AddPoint(digits, length);
        if (conversion.Kind is (byte)'E' or (byte)'G')
        {
            foreach (ref byte b in digits[..length]) b = (byte)char.ToUpperInvariant((char)b);
        }

        Pad(result, text[..(at + length)], conversion, double.IsFinite(number));
    }

    private static int AddPoint(Span<byte> digits, int length)
    {
        if (digits[..length].IndexOf((byte)'.') >= 0) return length;
        int e = digits[..length].IndexOf((byte)'e');
        int at = e < 0 ? length : e;
        digits[at..length].CopyTo(digits[(at + 1)..]);
        digits[at] = (byte)'.';
        return length + 1;
    }

    private static void Pad(ByteBuffer result, ReadOnlySpan<byte> text, in Conversion conversion,
        bool mayBeZero)
    {
        int pad = conversion.Width - text.Length;
        if (pad <= 0)
        {
            result.Add(text);
            return;
        }

        if (conversion.Left)
        {
            result.Add(text);
            result.Extend(pad).Fill((byte)' ');
            return;
        }

        if (!conversion.Zero || !mayBeZero)
        {
            result.Extend(pad).Fill((byte)' ');
            result.Add(text);
            return;
        }

        // Zeros stand behind a sign and behind 0x.
        int prefix = text.Length > 0 && text[0] is (byte)'-' or (byte)'+' or (byte)' ' ? 1 : 0;
        if (text.Length >= 2 && text[0] == '0' && (text[1] | 0x20) == 'x') prefix = 2;
        result.Add(text[..prefix]);
        result.Extend(pad).Fill((byte)'0');
        result.Add(text[prefix..]);
    }

    private struct Conversion
    {
        public bool Left;
        public bool Plus;
        public bool Space;
        public bool Alternate;
        public bool Zero;
        public int Width;
        public int Precision;
        public byte Kind;
    }
}
