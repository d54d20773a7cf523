using System.Buffers;

namespace Hedge.Resp;

/// <summary>
/// Splits an inline request, a line as typed into a terminal, into arguments.
/// <code>
/// line   = *blank *( word 1*blank )        blank: space \t \v \f \r
/// word   = *char [ quoted ]                a word ends at a space, \t or \r, or where its quotes close
/// quoted = '"' *( char / escape ) '"'      escape: \xHH \n \r \t \b \a, any other \c is c
///        / "'" *( char / "\'" ) "'"        closing quotes are followed by a blank or the line's end
/// </code>
/// </summary>
internal static class InlineSplitter
{
    private static readonly SearchValues<byte> Quotes = SearchValues.Create("\"'"u8);

    /// <summary>
    /// Splits a line that holds neither LF nor NUL; false when its quotes are not balanced.
    /// </summary>
    public static bool Split(ReadOnlySpan<byte> line, RequestArguments arguments)
    {
        if (line.ContainsAny(Quotes)) return SplitQuoted(line, arguments);

        int index = 0;
        while (true)
        {
            while (index < line.Length && IsBlank(line[index])) index++;
            if (index == line.Length) return true;
            int start = index;
            while (index < line.Length && !EndsWord(line[index])) index++;
            arguments.Add(start, index - start);
        }
    }

    private static bool SplitQuoted(ReadOnlySpan<byte> line, RequestArguments arguments)
    {
        // Decoding never makes a word longer.
        Span<byte> scratch = arguments.UseScratch(line.Length);
        int index = 0;
        int written = 0;
        while (true)
        {
            while (index < line.Length && IsBlank(line[index])) index++;
            if (index == line.Length) return true;
            int start = written;
            bool open = true;
            while (open && index < line.Length && !EndsWord(line[index]))
            {
                byte next = line[index++];
                if (next is not ((byte)'"' or (byte)'\''))
                {
                    scratch[written++] = next;
                    continue;
                }

                bool closed = next == '"'
                    ? DecodeDouble(line, ref index, scratch, ref written)
                    : DecodeSingle(line, ref index, scratch, ref written);
                if (!closed || (index < line.Length && !IsBlank(line[index]))) return false;
                open = false;
            }

            arguments.Add(start, written - start);
        }
    }

    private static bool DecodeDouble(
        ReadOnlySpan<byte> line, ref int index, Span<byte> scratch, ref int written)
    {
        while (index < line.Length)
        {
            byte next = line[index++];
            if (next == '"') return true;
            if (next != '\\' || index == line.Length)
            {
                scratch[written++] = next;
                continue;
            }

            byte escape = line[index++];
            if (escape == 'x' && index + 1 < line.Length
                && char.IsAsciiHexDigit((char)line[index]) && char.IsAsciiHexDigit((char)line[index + 1]))
            {
                scratch[written++] = (byte)(Hex(line[index]) * 16 + Hex(line[index + 1]));
                index += 2;
                continue;
            }

            scratch[written++] = escape switch
            {
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'b' => (byte)'\b',
                (byte)'a' => (byte)'\a',
                _ => escape,
            };
        }

        return false;
    }

    private static bool DecodeSingle(
        ReadOnlySpan<byte> line, ref int index, Span<byte> scratch, ref int written)
    {
        while (index < line.Length)
        {
            byte next = line[index++];
            if (next == '\'') return true;
            if (next == '\\' && index < line.Length && line[index] == '\'') next = line[index++];
            scratch[written++] = next;
        }

        return false;
    }

    private static bool IsBlank(byte value) => value is (byte)' ' or (>= 9 and <= 13);

    // A vertical tab or form feed separates words but does not end one.
    private static bool EndsWord(byte value) => value is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private static int Hex(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
