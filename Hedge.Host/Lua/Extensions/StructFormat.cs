using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// A format of <c>struct</c>, read option by option. A zero byte ends it.
/// <code>
/// "&gt;" "&lt;" " "      big or little endian; nothing
/// "!" [n]        elements begin at multiples of their sizes, at most n: a power of 2, else 8
/// "b" "h" "l"    signed: 1, 2, 8 bytes; "B" "H" "L" "T" unsigned: 1, 2, 8, 8
/// "i" [n] "I" [n]  signed and unsigned: n bytes, else 4
/// "f" "d" "x"    4 and 8 bytes of a number, a byte that means nothing
/// "c" [n] "s"    n bytes, else 1 (0: the whole string, or as many as the number before); up to a zero
/// </code>
/// </summary>
internal struct StructFormat(LuaString text)
{
    private const int IntegerBytesMax = 32;
    private const int AlignmentUsual = 8;

    private int _alignment = 1;

    /// <summary>Where the next option is.</summary>
    public int At { get; private set; }

    /// <summary>Whether numbers have their highest byte first.</summary>
    public bool IsBigEndian { get; private set; }

    /// <summary>The option that was read.</summary>
    public byte Kind { get; private set; }

    /// <summary>How many bytes its element has; 0 when that depends, or when it has none.</summary>
    public int Size { get; private set; }

    /// <summary>Whether the option is an integer.</summary>
    public readonly bool IsInteger => "bBhHlLTiI"u8.Contains(Kind);

    /// <summary>Whether the option is an integer with a sign.</summary>
    public readonly bool IsSigned => Kind >= 'a';

    /// <summary>Reads the next option; false at the end.</summary>
    public bool Next(LuaCall c)
    {
        Kind = Peek();
        if (Kind == 0) return false;
        At++;
        Size = Kind switch
        {
            (byte)'b' or (byte)'B' or (byte)'x' => 1,
            (byte)'h' or (byte)'H' => 2,
            (byte)'f' => 4,
            (byte)'l' or (byte)'L' or (byte)'T' or (byte)'d' => 8,
            (byte)'c' => Number(c, 1),
            (byte)'i' or (byte)'I' => IntegerSize(c),
            _ => 0,
        };
        return true;
    }

    /// <summary>How many bytes stand before the element at a position.</summary>
    public readonly int Padding(ulong position)
    {
        if (Size == 0 || Kind == 'c') return 0;
        int size = Math.Min(Size, _alignment);
        return (size - (int)(position & (ulong)(size - 1))) & (size - 1);
    }

    /// <summary>Carries out an option that has no element.</summary>
    public void Control(LuaCall c)
    {
        switch (Kind)
        {
            case (byte)' ':
                break;
            case (byte)'>':
                IsBigEndian = true;
                break;
            case (byte)'<':
                IsBigEndian = false;
                break;
            case (byte)'!':
                int alignment = Number(c, AlignmentUsual);
                if (alignment <= 0 || (alignment & (alignment - 1)) != 0)
                    throw c.Failure($"alignment {alignment} is not a power of 2");
                _alignment = alignment;
                break;
            default:
                throw c.BadArgument(1, $"invalid format option '{(char)Kind}'");
        }
    }

    private readonly byte Peek() => At < text.Length ? text.Span[At] : (byte)0;

    private int IntegerSize(LuaCall c)
    {
        int size = Number(c, sizeof(int));
        return size <= IntegerBytesMax ? size
            : throw c.Failure($"integral size {size} is larger than limit of {IntegerBytesMax}");
    }

    private int Number(LuaCall c, int otherwise)
    {
        if ((uint)(Peek() - '0') > 9) return otherwise;
        int number = 0;
        for (int digit; (uint)(digit = Peek() - '0') <= 9; At++)
        {
            if (number > int.MaxValue / 10 || number * 10 > int.MaxValue - digit)
                throw c.Failure("integral size overflow");
            number = (number * 10) + digit;
        }

        return number;
    }
}
