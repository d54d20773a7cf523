using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Libraries;

/// <summary>The bytes that a match of a pattern can begin with, when its first item needs one.</summary>
internal sealed class PatternStarters
{
    private const int PatternBytesMax = 64;

    private readonly bool[] _starts = new bool[256];
    private LuaString? _pattern;
    private bool _isKnown;

    /// <summary>Makes it fit a pattern; false when any byte may begin a match.</summary>
    public bool IsFor(LuaMachine m, LuaString pattern, int end)
    {
        if (ReferenceEquals(pattern, _pattern)) return _isKnown;
        if (end > PatternBytesMax) return false;
        _pattern = pattern;
        return _isKnown = TryFill(m, pattern.Span[..end]);
    }

    /// <summary>The first place with such a byte, or the length.</summary>
    public int Find(ReadOnlySpan<byte> bytes)
    {
        bool[] starts = _starts;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (starts[bytes[i]]) return i;
        }

        return bytes.Length;
    }

    private bool TryFill(LuaMachine m, ReadOnlySpan<byte> pattern)
    {
        int at = 0;
        while (at < pattern.Length && pattern[at] == '(' && PatternItems.At(pattern, at + 1) != ')') at++;
        if (at >= pattern.Length || pattern[at] is (byte)'(' or (byte)')' or (byte)'$') return false;
        int next = PatternItems.At(pattern, at + 1);
        if (pattern[at] == '%' && (next is 'b' or 'f' || (uint)(next - '0') <= 9)) return false;
        int end = PatternItems.ItemEnd(m, pattern, at);
        if (PatternItems.At(pattern, end) is '*' or '?' or '-') return false;
        for (int b = 0; b < 256; b++) _starts[b] = PatternItems.Fits(pattern, (byte)b, at, end);
        return true;
    }
}
