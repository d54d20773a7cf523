using System.Buffers.Text;

namespace Hedge.Host.Declarations;

/// <summary>Numbers in arguments and values, by Redis's rules.</summary>
public static class Numbers
{
    /// <summary>Longest decimal form of a 64-bit integer, with sign.</summary>
    public const int Int64CharactersMax = 20;

    /// <summary>
    /// Parses a canonical decimal 64-bit integer: no sign but '-', no leading zeros, no spaces,
    /// nothing after it.
    /// </summary>
    public static bool TryParseInt64(ReadOnlySpan<byte> text, out long value)
    {
        value = 0;
        if (text.Length is 0 or > Int64CharactersMax) return false;
        int first = text[0] == '-' ? 1 : 0;
        if (text.Length == first) return false;
        if (text[first] == '0') return text.Length == 1;
        if (text[first] is < (byte)'1' or > (byte)'9') return false;
        return Utf8Parser.TryParse(text, out value, out int used) && used == text.Length;
    }
}
