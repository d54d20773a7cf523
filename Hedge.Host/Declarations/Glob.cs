namespace Hedge.Host.Declarations;

/// <summary>
/// Redis's glob patterns (KEYS, SCAN MATCH, PSUBSCRIBE, CONFIG GET, COMMAND LIST): <c>*</c> any bytes,
/// <c>?</c> one byte,
/// <c>[abc]</c>, <c>[a-z]</c>, <c>[^x]</c> one byte of (not of) a set, <c>\x</c> the byte x itself.
/// </summary>
/// <remarks>
/// Everything but <c>*</c> matches exactly one byte, so on a mismatch only the latest <c>*</c> has to take
/// one byte more: the time is at most (text × pattern), never exponential.
/// </remarks>
public static class Glob
{
    /// <summary>True when the whole text matches the pattern.</summary>
    public static bool Matches(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> text, bool ignoreCase = false)
    {
        int p = 0, t = 0;
        int starPattern = -1, starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                while (p < pattern.Length && pattern[p] == '*') p++;
                if (p == pattern.Length) return true;
                starPattern = p;
                starText = t;
                continue;
            }

            if (p < pattern.Length && MatchesOne(pattern, ref p, text[t], ignoreCase))
            {
                t++;
                continue;
            }

            if (starPattern < 0) return false;
            p = starPattern;
            t = ++starText;
        }

        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }

    /// <summary>True when the pattern has no special bytes: it matches its own text only.</summary>
    public static bool IsLiteral(ReadOnlySpan<byte> pattern) => pattern.IndexOfAny("*?[\\"u8) < 0;

    /// <summary>The bytes every matching text begins with (case matters): the pattern up to its first special
    /// byte.</summary>
    public static ReadOnlySpan<byte> LiteralPrefix(ReadOnlySpan<byte> pattern)
    {
        int end = pattern.IndexOfAny("*?[\\"u8);
        return end < 0 ? pattern : pattern[..end];
    }

    // Advances p past one element (also when it does not match: the caller goes back to a star or gives up).
    private static bool MatchesOne(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        byte c = pattern[p];
        switch (c)
        {
            case (byte)'?':
                p++;
                return true;
            case (byte)'[':
                p++;
                return MatchesSet(pattern, ref p, b, ignoreCase);
            case (byte)'\\' when p + 1 < pattern.Length:
                c = pattern[p + 1];
                p += 2;
                break;
            default:
                p++;
                break;
        }

        return Fold(c, ignoreCase) == Fold(b, ignoreCase);
    }

    // A set that is not closed ends with the pattern. A '-' is a range when a byte follows it, be that byte
    // ']'.
    private static bool MatchesSet(ReadOnlySpan<byte> pattern, ref int p, byte b, bool ignoreCase)
    {
        bool negated = p < pattern.Length && pattern[p] == '^';
        if (negated) p++;
        bool found = false;
        byte wanted = Fold(b, ignoreCase);
        while (p < pattern.Length && pattern[p] != ']')
        {
            if (pattern[p] == '\\' && p + 1 < pattern.Length)
            {
                found |= pattern[p + 1] == b;
                p += 2;
            }
            else if (p + 2 < pattern.Length && pattern[p + 1] == '-')
            {
                byte low = pattern[p], high = pattern[p + 2];
                if (low > high) (low, high) = (high, low);
                found |= Fold(low, ignoreCase) <= wanted && wanted <= Fold(high, ignoreCase);
                p += 3;
            }
            else
            {
                found |= Fold(pattern[p], ignoreCase) == wanted;
                p++;
            }
        }

        if (p < pattern.Length) p++;
        return found != negated;
    }

    private static byte Fold(byte b, bool ignoreCase) =>
        ignoreCase && b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;
}
