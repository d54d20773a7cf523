namespace Hedge.Host.Lua.Compilers;

/// <summary>What the lexer finds. Tokens of one byte stand for themselves; these follow.</summary>
internal static class Token
{
    public const int And = 257;
    public const int Break = 258;
    public const int Do = 259;
    public const int Else = 260;
    public const int ElseIf = 261;
    public const int End = 262;
    public const int False = 263;
    public const int For = 264;
    public const int Function = 265;
    public const int If = 266;
    public const int In = 267;
    public const int Local = 268;
    public const int Nil = 269;
    public const int Not = 270;
    public const int Or = 271;
    public const int Repeat = 272;
    public const int Return = 273;
    public const int Then = 274;
    public const int True = 275;
    public const int Until = 276;
    public const int While = 277;
    public const int Concat = 278;
    public const int Dots = 279;
    public const int Equal = 280;
    public const int GreaterEqual = 281;
    public const int LessEqual = 282;
    public const int NotEqual = 283;
    public const int Number = 284;
    public const int Name = 285;
    public const int String = 286;
    public const int EndOfText = 287;

    private static readonly string[] Texts =
    [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil",
            "not",
        "or", "repeat", "return", "then", "true", "until", "while", "..", "...", "==", ">=", "<=", "~=",
            "<number>",
        "<name>", "<string>", "<eof>",
    ];

    private static readonly Dictionary<string, int> Reserved =
        Enumerable.Range(0, 21).ToDictionary(i => Texts[i], i => And + i, StringComparer.Ordinal);

    /// <summary>The reserved word that a name is, or <see cref="Name"/>.</summary>
    public static int OfWord(ReadOnlySpan<char> word) =>
        Reserved.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int token) ? token : Name;

    /// <summary>How errors write a token.</summary>
    public static string Text(int token) => token >= And ? Texts[token - And]
        : token is < 32 or 127 ? $"char({token})" : ((char)token).ToString();
}
