using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

/// <summary>
/// Rebuilds a command's argument tree from <see cref="CommandSpec.Syntax"/> and <see
/// cref="CommandSpec.Arguments"/>.
/// </summary>
/// <remarks>
/// <code>
/// sequence    = { element }
/// alternatives= sequence { "|" sequence }              an alternative of several elements is a block
/// element     = word                                   an argument
///             | TOKEN                                  a literal word (no lower-case letter in it)
///             | TOKEN word { word }                    an argument with a token; of several words: a block
///             | TOKEN "&lt;" alternatives "&gt;"             a oneof or block with a token
///             | "&lt;" alternatives "&gt;"                   one of; without "|": a block
///             | "[" alternatives "]"                   optional
///             | elements "[" the same "..." "]"        repeated; with the token inside, the token is
/// repeated
/// </code>
/// The elements before "[… ...]" that it repeats are found by their text. Default names: the word, the token
/// in lower case, or the children's names joined by "_".
/// </remarks>
public sealed class SyntaxParser
{
    private static readonly HashSet<string> Integers = new(StringComparer.Ordinal)
    {
        "seconds", "milliseconds", "offset", "count", "numkeys", "cursor", "increment", "decrement", "db",
        "index", "port", "ttl", "client-id", "timeout",
    };

    private readonly List<string> _words;
    private int _next;

    private SyntaxParser(string syntax) => _words = Words(syntax);

    /// <summary>The argument tree of a command.</summary>
    /// <exception cref="FormatException">The syntax or the outline is malformed.</exception>
    public static IReadOnlyList<ArgumentNode> Parse(CommandSpec spec) => Parse(spec.Syntax, spec.Arguments);

    /// <summary>The argument tree of a syntax string and, when given, the outline with names and
    /// types.</summary>
    /// <exception cref="FormatException">The syntax or the outline is malformed.</exception>
    public static IReadOnlyList<ArgumentNode> Parse(string syntax, string? outline = null)
    {
        var parser = new SyntaxParser(syntax);
        List<ArgumentNode> nodes = parser.Sequence();
        if (parser._next != parser._words.Count)
            throw new FormatException($"Unexpected '{parser.Peek()}' in: {syntax}");
        if (outline == null) return nodes;
        var entries = new Queue<string>(outline.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        List<ArgumentNode> named = nodes.ConvertAll(node => ArgumentOutline.Apply(node, entries));
        if (entries.Count > 0) throw new FormatException($"Names left over in: {outline}");
        return named;
    }

    private static List<string> Words(string syntax)
    {
        var words = new List<string>();
        foreach (string part in syntax.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int start = 0, end = part.Length;
            while (start < end && part[start] is '[' or '<') words.Add(part[start++].ToString());
            int closed = end;
            while (closed > start && part[closed - 1] is ']' or '>') closed--;
            if (closed > start) words.Add(part[start..closed]);
            for (; closed < end; closed++) words.Add(part[closed].ToString());
        }

        return words;
    }

    private static bool IsBracket(string word) => word is "[" or "]" or "<" or ">" or "|";

    private static bool IsToken(string word) => !IsBracket(word) && !word.Any(char.IsAsciiLetterLower);

    private static string DefaultType(string name) => name switch
    {
        "key" => "key",
        "pattern" => "pattern",
        _ when Integers.Contains(name) => "integer",
        _ when name.StartsWith("unix-time-", StringComparison.Ordinal) => "unix-time",
        _ => "string",
    };

    private static ArgumentNode Leaf(string word) => new()
    {
        Name = word,
        Type = DefaultType(word),
        KeySpecIndex = word == "key" ? 0 : -1,
    };

    private static ArgumentNode Group(string type, List<ArgumentNode> children, string? token = null) => new()
    {
        Name = string.Join('_', children.Select(child => child.Name)),
        Type = type,
        Token = token,
        Children = children,
    };

    private static ArgumentNode Literal(string token) => new()
    {
        Name = token.ToLowerInvariant(),
        Type = ArgumentNode.PureToken,
        Token = token,
    };

    private static ArgumentNode Single(List<ArgumentNode> nodes) =>
        nodes.Count == 1 ? nodes[0] : Group(ArgumentNode.Block, nodes);

    private string Peek() => _next < _words.Count ? _words[_next] : "";

    // Elements up to a closing bracket, "|" or the end. Starts[i] is where element i begins, to find what is
    // repeated.
    private List<ArgumentNode> Sequence()
    {
        var nodes = new List<ArgumentNode>();
        var starts = new List<int>();
        while (_next < _words.Count && Peek() is not ("]" or ">" or "|"))
        {
            int start = _next;
            if (Peek() == "[" && RepetitionEnd() is var end and > 0)
            {
                Repeat(nodes, starts, end);
                continue;
            }

            nodes.Add(Element());
            starts.Add(start);
        }

        return nodes;
    }

    private ArgumentNode Element()
    {
        string word = _words[_next++];
        if (word == "[")
        {
            ArgumentNode node = Alternatives("]", out bool several);
            // Brackets around something optional already: a oneof, a block or an option of one part.
            return several || !node.IsOptional ? node with { IsOptional = true } : node;
        }

        if (word == "<") return Bracketed();
        if (!IsToken(word)) return Leaf(word);
        if (Peek() == "<")
        {
            _next++;
            ArgumentNode inner = Bracketed();
            return inner with { Token = Text(word) };
        }

        return WithWords(word);
    }

    // "<a | b>" is a oneof, "<a b>" and "<a>" are blocks.
    private ArgumentNode Bracketed()
    {
        ArgumentNode node = Alternatives(">", out bool several);
        return several || (node.Type == ArgumentNode.Block && node.Token == null && !node.IsMultiple)
            ? node
            : Group(ArgumentNode.Block, [node]);
    }

    private ArgumentNode WithWords(string token)
    {
        var leaves = new List<ArgumentNode>();
        var starts = new List<int>();
        int tokenAt = _next - 1;
        while (_next < _words.Count)
        {
            if (Peek() == "[" && leaves.Count > 0 && RepetitionEnd() is var end and > 0)
            {
                if (_words[_next + 1] == _words[tokenAt]) break;
                Repeat(leaves, starts, end);
            }
            else if (!IsBracket(Peek()) && !IsToken(Peek()))
            {
                starts.Add(_next);
                leaves.Add(Leaf(_words[_next++]));
            }
            else
            {
                break;
            }
        }

        return leaves.Count switch
        {
            0 => Literal(Text(token)),
            1 => leaves[0] with { Token = Text(token) },
            _ => Group(ArgumentNode.Block, leaves, Text(token)),
        };
    }

    private static string Text(string token) => token == "\"\"" ? "" : token;

    private ArgumentNode Alternatives(string closing, out bool several)
    {
        var choices = new List<ArgumentNode>();
        while (true)
        {
            choices.Add(Single(Sequence()));
            if (Peek() == closing) break;
            if (Peek() != "|")
                throw new FormatException($"'{closing}' is missing in: {string.Join(' ', _words)}");
            _next++;
        }

        _next++;
        several = choices.Count > 1;
        return several ? Group(ArgumentNode.OneOf, choices) : choices[0];
    }

    // The index after the bracket when a bracket that ends with "..." opens here; else 0.
    private int RepetitionEnd()
    {
        int depth = 0;
        for (int i = _next; i < _words.Count; i++)
        {
            if (_words[i] is "[" or "<") depth++;
            if (_words[i] is "]" or ">") depth--;
            if (depth == 0) return _words[i - 1] == "..." ? i + 1 : 0;
        }

        return 0;
    }

    // The elements whose words stand before "..." again become one multiple node.
    private void Repeat(List<ArgumentNode> nodes, List<int> starts, int end)
    {
        ReadOnlySpan<string> all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_words);
        ReadOnlySpan<string> again = all[(_next + 1)..(end - 2)];
        int from = _next - again.Length;
        if (from < 0 || !all[from.._next].SequenceEqual(again))
            throw new FormatException($"Not what stands before it is repeated: {string.Join(' ', _words)}");
        int first = starts.IndexOf(from);
        // Not the start of an element: the argument of a token that is not repeated.
        bool insideToken = first < 0;
        if (insideToken) first = starts.FindLastIndex(start => start < from);
        List<ArgumentNode> parts = nodes[first..];
        ArgumentNode node = Single(parts);
        bool repeatsToken = !insideToken && node.Token != null && node.Type != ArgumentNode.PureToken;
        node = node with { IsMultiple = true, RepeatsToken = repeatsToken };
        nodes.RemoveRange(first, parts.Count);
        starts.RemoveRange(first + 1, parts.Count - 1);
        nodes.Add(node);
        _next = end;
    }
}
