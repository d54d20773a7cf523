using Hedge.Host.Lua.Machines;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The items of patterns that match one character: a character, a class or a set.</summary>
internal static class PatternItems
{
    private const byte Escape = (byte)'%';

    public static int At(ReadOnlySpan<byte> pattern, int at) => at < pattern.Length ? pattern[at] : 0;

    // Behind a single character, a class or a set.
    public static int ItemEnd(LuaMachine m, ReadOnlySpan<byte> pattern, int at)
    {
        byte first = pattern[at++];
        if (first == Escape)
        {
            if (at >= pattern.Length) throw Error(m, "malformed pattern (ends with '%')");
            return at + 1;
        }

        if (first != '[') return at;
        if (At(pattern, at) == '^') at++;
        do
        {
            if (at >= pattern.Length) throw Error(m, "malformed pattern (missing ']')");
            if (pattern[at++] == Escape && at < pattern.Length) at++;
        }
        while (At(pattern, at) != ']');
        return at + 1;
    }

    public static bool Fits(ReadOnlySpan<byte> pattern, byte b, int item, int end) => pattern[item] switch
    {
        (byte)'.' => true,
        Escape => CharacterClasses.Contains(b, pattern[item + 1]),
        (byte)'[' => InSet(pattern, b, item, end - 1),
        byte other => other == b,
    };

    public static bool InSet(ReadOnlySpan<byte> pattern, byte b, int at, int end)
    {
        bool isIn = true;
        if (pattern[at + 1] == '^')
        {
            isIn = false;
            at++;
        }

        while (++at < end)
        {
            if (pattern[at] == Escape)
            {
                at++;
                if (CharacterClasses.Contains(b, pattern[at])) return isIn;
            }
            else if (pattern[at + 1] == '-' && at + 2 < end)
            {
                at += 2;
                if (pattern[at - 2] <= b && b <= pattern[at]) return isIn;
            }
            else if (pattern[at] == b)
            {
                return isIn;
            }
        }

        return !isIn;
    }

    public static LuaException Error(LuaMachine m, string text) =>
        new LuaCall(m, m.Thread.Frame).Failure(text);
}
