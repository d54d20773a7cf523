using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// Cuts a chunk's bytes into tokens. <see cref="Current"/> is the token the parser stands at;
/// <see cref="Peek"/> looks one further. The texts of errors are Lua's.
/// </summary>
internal sealed class Lexer
{
    private const int NoByte = -1;

    private readonly ReadOnlyMemory<byte> _text;
    private readonly Dictionary<LuaString, LuaString> _strings = new(new SameBytes());
    private int _at;
    private int _tokenStart;
    private List<byte>? _unescaped;
    private int _peeked;
    private LuaString? _peekedText;
    private double _peekedNumber;

    public Lexer(ReadOnlyMemory<byte> text, string chunkId)
    {
        _text = text;
        ChunkId = chunkId;
    }

    /// <summary>How errors name the chunk.</summary>
    public string ChunkId { get; }

    /// <summary>The token the parser stands at.</summary>
    public int Current { get; private set; }

    /// <summary>The text of a name or string.</summary>
    public LuaString Text { get; private set; } = LuaString.Empty;

    /// <summary>The number of a number.</summary>
    public double Number { get; private set; }

    /// <summary>The line the lexer has come to.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>The line of the token before the current one.</summary>
    public int LastLine { get; private set; } = 1;

    private ReadOnlySpan<byte> Span => _text.Span;

    /// <summary>Goes on to the next token.</summary>
    public void Next()
    {
        LastLine = Line;
        if (_peeked != 0)
        {
            Current = _peeked;
            if (_peekedText is not null) Text = _peekedText;
            Number = _peekedNumber;
            _peeked = 0;
            return;
        }

        Current = Read();
    }

    /// <summary>The token behind the current one.</summary>
    public int Peek()
    {
        LuaString text = Text;
        double number = Number;
        _peeked = Read();
        _peekedText = Text;
        _peekedNumber = Number;
        Text = text;
        Number = number;
        return _peeked;
    }

    /// <summary>An error that names what stands here.</summary>
    public LuaSyntaxException ErrorHere(string message) => Error(message, Current);

    /// <summary>An error near a token; 0 names none.</summary>
    public LuaSyntaxException Error(string message, int token)
    {
        string near = token == 0 ? "" : $" near '{NearText(token)}'";
        return new LuaSyntaxException(string.Create(CultureInfo.InvariantCulture,
            $"{ChunkId}:{Line}: {message}{near}"));
    }

    private string NearText(int token)
    {
        if (token is not (Token.Name or Token.String or Token.Number)) return Token.Text(token);
        ReadOnlySpan<byte> raw = _unescaped is null ? Span[_tokenStart..Math.Min(_at, Span.Length)]
            : CollectionsMarshal.AsSpan(_unescaped);
        int zero = raw.IndexOf((byte)0);
        return Encoding.Latin1.GetString(zero < 0 ? raw : raw[..zero]);
    }

    private int Byte(int ahead = 0)
    {
        int at = _at + ahead;
        return at < _text.Length ? _text.Span[at] : NoByte;
    }

    private static bool IsNewLine(int b) => b is '\n' or '\r';

    private static bool IsLetter(int b) => b == '_' || (uint)((b | 0x20) - 'a') <= 25;

    private static bool IsDigit(int b) => (uint)(b - '0') <= 9;

    private int Read()
    {
        while (true)
        {
            _tokenStart = _at;
            _unescaped = null;
            int b = Byte();
            switch (b)
            {
                case NoByte: return Token.EndOfText;
                case '\n' or '\r':
                    NewLine();
                    continue;
                case '-':
                    _at++;
                    if (Byte() != '-') return '-';
                    Comment();
                    continue;
                case '[':
                    int level = LongBracket();
                    if (level >= 0)
                    {
                        Text = Unique(LongText(level, "string"));
                        return Token.String;
                    }

                    if (level == -1) return '[';
                    throw Error("invalid long string delimiter", Token.String);
                case '=': return OneOrTwo('=', Token.Equal);
                case '<': return OneOrTwo('<', Token.LessEqual);
                case '>': return OneOrTwo('>', Token.GreaterEqual);
                case '~': return OneOrTwo('~', Token.NotEqual);
                case '"' or '\'':
                    ReadString(b);
                    return Token.String;
                case '.':
                    if (IsDigit(Byte(1))) return ReadNumber();
                    _at++;
                    if (Byte() != '.') return '.';
                    _at++;
                    if (Byte() != '.') return Token.Concat;
                    _at++;
                    return Token.Dots;
                default:
                    if (b == ' ' || (uint)(b - 9) <= 4)
                    {
                        _at++;
                        continue;
                    }

                    if (IsDigit(b)) return ReadNumber();
                    if (IsLetter(b)) return ReadWord();
                    _at++;
                    return b;
            }
        }
    }

    private int OneOrTwo(int one, int two)
    {
        _at++;
        if (Byte() != '=') return one;
        _at++;
        return two;
    }

    // Two different characters of a line's end are one line's end.
    private void NewLine()
    {
        int first = Byte();
        _at++;
        if (IsNewLine(Byte()) && Byte() != first) _at++;
        Line++;
    }

    private void Comment()
    {
        _at++;
        if (Byte() == '[')
        {
            int level = LongBracket();
            if (level >= 0)
            {
                LongText(level, "comment");
                return;
            }
        }

        while (Byte() != NoByte && !IsNewLine(Byte())) _at++;
    }

    // The level of a long bracket, and stands at its second bracket; -1 for a lone bracket behind which it
    // stands; -2.
    private int LongBracket()
    {
        int start = Byte();
        _at++;
        int level = 0;
        while (Byte() == '=')
        {
            level++;
            _at++;
        }

        return Byte() == start ? level : level == 0 ? -1 : -2;
    }

    private ReadOnlySpan<byte> LongText(int level, string what)
    {
        _at++;
        if (IsNewLine(Byte())) NewLine();
        int start = _at;
        // Line ends of two characters become one, so they make a copy necessary.
        List<byte>? copy = null;
        while (true)
        {
            int b = Byte();
            if (b == NoByte) throw Error($"unfinished long {what}", Token.EndOfText);
            if (b == ']')
            {
                int end = _at;
                if (LongBracket() == level)
                {
                    _at++;
                    return copy is null ? Span[start..end] : copy.ToArray();
                }

                for (int i = end; i < _at; i++) copy?.Add(Span[i]);
            }
            else if (b == '[' && level == 0 && Byte(1) == '[')
            {
                _at++;
                throw Error("nesting of [[...]] is deprecated", '[');
            }
            else if (IsNewLine(b))
            {
                int end = _at;
                NewLine();
                if (copy is null && (b == '\r' || _at - end == 2)) copy = [.. Span[start..end]];
                copy?.Add((byte)'\n');
            }
            else
            {
                copy?.Add((byte)b);
                _at++;
            }
        }
    }

    private int ReadWord()
    {
        while (IsLetter(Byte()) || IsDigit(Byte())) _at++;
        ReadOnlySpan<byte> bytes = Span[_tokenStart.._at];
        if (bytes.Length <= 8)
        {
            Span<char> word = stackalloc char[bytes.Length];
            Encoding.Latin1.GetChars(bytes, word);
            int token = Token.OfWord(word);
            if (token != Token.Name) return token;
        }

        Text = Unique(bytes);
        return Token.Name;
    }

    private int ReadNumber()
    {
        while (IsDigit(Byte()) || Byte() == '.') _at++;
        if ((Byte() | 0x20) == 'e')
        {
            _at++;
            if (Byte() is '+' or '-') _at++;
        }

        while (IsLetter(Byte()) || IsDigit(Byte())) _at++;
        if (!LuaNumber.TryParse(Span[_tokenStart.._at], out double number))
            throw Error("malformed number", Token.Number);
        Number = number;
        return Token.Number;
    }

    // With escapes the string is copied, with its quotes, for errors show it so.
    private void ReadString(int quote)
    {
        _at++;
        int start = _at;
        while (Byte() != quote)
        {
            int b = Byte();
            if (b == NoByte) throw Error("unfinished string", Token.EndOfText);
            if (IsNewLine(b)) throw Error("unfinished string", Token.String);
            if (b == '\\')
            {
                _unescaped ??= [.. Span[_tokenStart.._at]];
                Escape(_unescaped);
                continue;
            }

            _unescaped?.Add((byte)b);
            _at++;
        }

        Text = Unique(_unescaped is null ? Span[start.._at] : CollectionsMarshal.AsSpan(_unescaped)[1..]);
        _unescaped?.Add((byte)quote);
        _at++;
    }

    private void Escape(List<byte> into)
    {
        _at++;
        int b = Byte();
        if (b == NoByte) return;
        if (IsNewLine(b))
        {
            NewLine();
            into.Add((byte)'\n');
            return;
        }

        if (!IsDigit(b))
        {
            _at++;
            into.Add((byte)(b switch
            {
                'a' => 7,
                'b' => 8,
                'f' => 12,
                'n' => 10,
                'r' => 13,
                't' => 9,
                'v' => 11,
                _ => b,
            }));
            return;
        }

        int code = 0;
        for (int i = 0; i < 3 && IsDigit(Byte()); i++)
        {
            code = (code * 10) + Byte() - '0';
            _at++;
        }

        if (code > 255) throw Error("escape sequence too large", Token.String);
        into.Add((byte)code);
    }

    // One object for equal texts of a chunk, so that comparing them is comparing references.
    private LuaString Unique(ReadOnlySpan<byte> bytes)
    {
        LuaString made = LuaString.Constant(bytes);
        if (_strings.TryGetValue(made, out LuaString? known)) return known;
        _strings.Add(made, made);
        return made;
    }

    private sealed class SameBytes : IEqualityComparer<LuaString>
    {
        public bool Equals(LuaString? x, LuaString? y) => x!.EqualTo(y!);

        public int GetHashCode(LuaString value) => (int)value.Hash;
    }
}
