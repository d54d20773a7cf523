using System.Globalization;
using System.Text;

namespace Hedge.Tests.Commands;

/// <summary>Command lines in tests: words separated by spaces, or "quoted" with \\, \", \n, \r, \t and
/// \xHH.</summary>
public static class CommandLine
{
    public static byte[][] Split(string line)
    {
        var words = new List<byte[]>();
        int i = 0;
        while (true)
        {
            while (i < line.Length && line[i] == ' ') i++;
            if (i == line.Length) return words.ToArray();
            var word = new StringBuilder();
            if (line[i] == '"')
            {
                i++;
                while (line[i] != '"') word.Append(Character(line, ref i));
                i++;
            }
            else
            {
                while (i < line.Length && line[i] != ' ') word.Append(line[i++]);
            }

            words.Add(Encoding.Latin1.GetBytes(word.ToString()));
        }
    }

    /// <summary>Shows arguments as a line that <see cref="Split"/> reads back.</summary>
    public static string Join(IEnumerable<byte[]> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(byte[] word)
    {
        bool isPlain = word.Length > 0 && word.All(b => b is > 0x20 and < 0x7F and not (byte)'"');
        if (isPlain) return Encoding.ASCII.GetString(word);
        var text = new StringBuilder("\"");
        foreach (byte b in word)
        {
            if (b is (byte)'"' or (byte)'\\') text.Append('\\').Append((char)b);
            else if (b is >= 0x20 and < 0x7F) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return text.Append('"').ToString();
    }

    private static char Character(string line, ref int i)
    {
        char c = line[i++];
        if (c != '\\') return c;
        c = line[i++];
        switch (c)
        {
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'x':
                i += 2;
                ReadOnlySpan<char> digits = line.AsSpan(i - 2, 2);
                return (char)byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            default: return c;
        }
    }
}
