namespace Hedge.Host.Lua.Libraries;

/// <summary>The classes of characters in patterns, as C has them in its own locale.</summary>
internal static class CharacterClasses
{
    private const byte Alpha = 1;
    private const byte Digit = 2;
    private const byte Lower = 4;
    private const byte Space = 8;
    private const byte Upper = 16;
    private const byte Control = 32;
    private const byte Punctuation = 64;
    private const byte Hex = 128;

    private static readonly byte[] Kinds = MakeKinds();

    /// <summary>
    /// Whether a byte is in the class of a letter; a letter that names none stands for itself.
    /// </summary>
    public static bool Contains(byte b, byte letter)
    {
        int mask = (letter | 0x20) switch
        {
            'a' => Alpha,
            'c' => Control,
            'd' => Digit,
            'l' => Lower,
            'p' => Punctuation,
            's' => Space,
            'u' => Upper,
            'w' => Alpha | Digit,
            'x' => Hex,
            'z' => 0,
            _ => -1,
        };
        if (mask < 0 || letter is < (byte)'A') return letter == b;
        bool isIn = mask == 0 ? b == 0 : (Kinds[b] & mask) != 0;
        return isIn == (letter >= 'a');
    }

    private static byte[] MakeKinds()
    {
        byte[] kinds = new byte[256];
        for (int b = 0; b < 128; b++)
        {
            byte kind = 0;
            char c = (char)b;
            if (char.IsAsciiLetter(c)) kind |= Alpha;
            if (char.IsAsciiDigit(c)) kind |= Digit;
            if (char.IsAsciiLetterLower(c)) kind |= Lower;
            if (char.IsAsciiLetterUpper(c)) kind |= Upper;
            if (char.IsAsciiHexDigit(c)) kind |= Hex;
            if (c == ' ' || b is >= 9 and <= 13) kind |= Space;
            if (b is < 32 or 127) kind |= Control;
            else if (c != ' ' && (kind & (Alpha | Digit)) == 0) kind |= Punctuation;
            kinds[b] = kind;
        }

        return kinds;
    }
}
