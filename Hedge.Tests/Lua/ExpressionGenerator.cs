using System.Globalization;

namespace Hedge.Tests.Lua;

/// <summary>Writes random expressions for <see cref="ProgramGenerator"/>. Kinds: n number, s string, t table,
/// f function, o object with a metatable, a anything.</summary>
internal sealed class ExpressionGenerator(
    Random random, List<(string Name, char Kind)> names, ProgramGenerator programs)
{
    private const int DepthMax = 3;

    private static readonly string[] Numbers =
    [
        "0", "1", "2", "3", "-1", "10", "0.5", "1e15", "1e100", "123456789012", "0x1F", "2^53", "1/0",
            "-2.25", "100", "7", "255",
        "-0.1", "1e-5", "3.14159265358979",
    ];

    private static readonly string[] Strings =
    [
        "''", "'a'", "'abc'", "'hello world'", "'10'", "'0x10'", "' 5 '", "'1e2'", "'a,b,,c'", "'%d'",
            "'key=value'", "[[x\ny]]",
        "'THE (quick) fox'", "'\\0z'", "'\\200\\n'", "'aaaaab'", "'x'", "'[[]]'", "'-3.5'",
    ];

    private static readonly string[] Patterns =
    [
        "'a'", "'.'", "'%a+'", "'%w*'", "'(%w)(%w*)'", "'%s'", "'^%a'", "'a-b'", "'[a-f]+'", "'[^,]*'",
            "'()'", "'%d+$'",
        "'(a*(.)%w(%s*))'", "'%f[%w]%w+'", "'%b()'", "'x?'", "'%1'", "'(.)%1'", "'['", "'%'", "'(()'",
            "'a+b'", "'[%]]'",
        "'.-'", "'(.-)%s'", "'%u%l*'", "'%p'", "'[%a_][%w_]*'", "'^'", "'$'", "'%z'", "'%x+'", "'a.-b'",
            "'(a)(b)(c)'", "'%c'",
    ];

    private static readonly string[] Formats =
    [
        "'%d'", "'%5d'", "'%-5d|'", "'%05d'", "'%+d'", "'%x'", "'%X'", "'%#x'", "'%o'", "'%c'", "'%s'",
            "'%10s'", "'%-10s|'", "'%.2s'",
        "'%q'", "'%f'", "'%.3f'", "'%10.2f'", "'%e'", "'%.0e'", "'%g'", "'%.3g'", "'%#g'", "'%G'", "'%i'",
            "'%u'", "'%%'", "'%'",
        "'%y'", "'%123d'", "'%d %s'", "'% d'", "'%.5d'", "'%5.1f|%5s'", "'%+.1e'", "'%05.1f'", "'%.14g'",
            "'%.20g'", "'%-+6d|'",
    ];

    private static readonly string[] Arithmetic = ["+", "-", "*", "/", "%", "^", "..", "+", "-", "*"];
    private static readonly string[] Comparisons = ["<", "<=", ">", ">=", "==", "~="];
    private int _functions;

    /// <summary>Whether <c>...</c> may be used here.</summary>
    public bool HasDots { get; set; } = true;

    public void Reset()
    {
        HasDots = true;
        _functions = 0;
    }

    public string Any(int depth) => Of("nnssttoabf"[random.Next(10)], depth);

    public string List(int count) => string.Join(", ", Enumerable.Range(0, count).Select(_ => Any(1)));

    /// <summary>An expression of a kind, mostly.</summary>
    public string Of(char kind, int depth)
    {
        if (random.Next(14) == 0) kind = "nstoabf"[random.Next(7)];
        if (random.Next(3) == 0 && Name(kind) is { } name) return name;
        return kind switch
        {
            'n' => depth >= DepthMax ? One(Numbers) : NumberOf(depth + 1),
            's' => depth >= DepthMax ? One(Strings) : StringOf(depth + 1),
            't' => TableOf(depth + 1),
            'b' => depth >= DepthMax ? "true" : BooleanOf(depth + 1),
            'f' => FunctionOf(depth + 1),
            'o' => Name('o') ?? TableOf(depth + 1),
            _ => AnythingOf(depth + 1),
        };
    }

    /// <summary>A constant.</summary>
    public string Simple() => random.Next(5) switch
    {
        0 => "nil",
        1 => "true",
        2 => "false",
        3 => One(Strings),
        _ => One(Numbers),
    };

    public string Pattern() => One(Patterns);

    /// <summary>A table that no name leads to, so that a traversal of it ends.</summary>
    public string NewTable() => TableOf(1);

    /// <summary>A variable of a kind, or null.</summary>
    public string? Name(char kind)
    {
        for (int tries = 0; tries < 4 && names.Count > 0; tries++)
        {
            (string name, char its) = names[random.Next(names.Count)];
            // Counters of loops are read, never given out as what is assigned to.
            if (its == kind || (kind == 'a' && its != '#') || (kind == 'n' && its == '#')) return name;
        }

        return null;
    }

    /// <summary>Whether a name is a function's.</summary>
    public bool IsFunction(string name) => names.Exists(n => n.Name == name && n.Kind == 'f');

    public string Field() => random.Next(3) switch
    {
        0 => $"{Of('t', 2)}.x".StartsWith('{') ? "g0" : $"{Name('t') ?? "g1"}.x",
        1 => $"{Name('t') ?? "g2"}[key({Of('n', 2)})]",
        _ => $"{Name('o') ?? "g2"}[key({Of('a', 2)})]",
    };

    /// <summary>A function of the libraries.</summary>
    public string Callable() => One(
    [
        "string.rep", "string.sub", "string.find", "string.byte", "string.char", "table.concat",
            "table.insert", "table.remove", "tonumber",
        "key", "select", "unpack", "math.floor", "math.max", "setmetatable", "rawget", "rawset", "next",
            "ipairs", "type",
        "string.format", "string.gsub", "error", "assert", "table.maxn", "math.fmod", "getmetatable",
            "rawequal", "loadstring",
        "coroutine.resume", "string.len", "string.upper", "math.pow", "string.match", "pcall", "table.getn",
    ]);

    private string One(string[] list) => list[random.Next(list.Length)];

    private string NumberOf(int depth) => random.Next(14) switch
    {
        < 3 => One(Numbers),
        < 7 => $"({Of('n', depth)} {One(Arithmetic)} {Of('n', depth)})",
        7 => $"#{Of(random.Next(2) == 0 ? 's' : 't', depth)}",
        8 => $"-{Of('n', depth)}",
        9 => $"math.{One(["floor", "ceil", "abs", "sqrt"])}({Of('n', depth)})",
        10 => $"(tonumber({Of('s', depth)}))",
        11 => $"select('#', {Any(depth)}, {Any(depth)})",
        12 => $"({Of('b', depth)} and {Of('n', depth)} or {Of('n', depth)})",
        _ => $"string.byte({Of('s', depth)}, {random.Next(6) - 2})",
    };

    private string StringOf(int depth)
    {
        string s = Of('s', depth);
        return random.Next(18) switch
        {
            < 3 => One(Strings),
            < 6 => $"({s} .. {Of(random.Next(2) == 0 ? 'n' : 's', depth)})",
            6 => $"tostring(key({Of("nsb"[random.Next(3)], depth)}))",
            7 => $"string.rep({s}, {random.Next(4)})",
            8 => $"string.sub({s}, {random.Next(9) - 4}, {random.Next(9) - 4})",
            9 => $"string.{One(["upper", "lower", "reverse"])}({s})",
            10 or 11 => $"string.format({One(Formats)}, {Of("ns"[random.Next(2)], depth)}, {Of('s', depth)})",
            12 => $"({s}):gsub({Pattern()}, {Replacement(depth)})",
            13 => $"(string.gsub({s}, {Pattern()}, {Replacement(depth)}, {random.Next(3)}))",
            14 => $"string.match({s}, {Pattern()})",
            15 => $"table.concat({Of('t', depth)}, ',')",
            16 => $"type({Any(depth)})",
            _ => $"string.char({random.Next(256)}, {random.Next(300)})",
        };
    }

    private string Replacement(int depth) => random.Next(6) switch
    {
        0 => "'<%0>'",
        1 => "'%1%1'",
        2 => "'%'",
        3 => "{a = 'A', b = 2, x = false, [1] = true}",
        4 => $"function(a, b) return {Of('a', depth)} end",
        _ => One(Strings),
    };

    private string BooleanOf(int depth) => random.Next(6) switch
    {
        0 => "true",
        1 => "false",
        2 => $"not {Any(depth)}",
        3 => $"({Of('s', depth)} {One(Comparisons)} {Of('s', depth)})",
        4 => $"({Any(depth)} == {Any(depth)})",
        _ => $"({Of('n', depth)} {One(Comparisons)} {Of('n', depth)})",
    };

    private string TableOf(int depth)
    {
        if (depth > DepthMax) return "{}";
        List<string> items = [];
        int count = random.Next(6);
        char kind = "nsa"[random.Next(3)];
        for (int i = 0; i < count; i++)
        {
            items.Add(random.Next(7) switch
            {
                0 => $"x = {Of('a', depth + 1)}",
                1 => $"[key({Of("ns"[random.Next(2)], depth + 1)})] = {Of('a', depth + 1)}",
                2 => $"k{random.Next(5)} = {random.Next(10)}",
                _ => Of(kind == 'a' ? "ns"[random.Next(2)] : kind, depth + 1),
            });
        }

        if (HasDots && random.Next(12) == 0) items.Add("...");
        return $"{{{string.Join(random.Next(4) == 0 ? "; " : ", ", items)}}}";
    }

    private string FunctionOf(int depth)
    {
        if (depth > 2 || !programs.MayNest || _functions++ > 3) return "key";
        string parameter = programs.NewName();
        return programs.Function(random.Next(3) == 0 ? "..." : parameter, $"return {Of('a', depth + 1)}");
    }

    private string AnythingOf(int depth)
    {
        if (depth > DepthMax) return Simple();
        return random.Next(14) switch
        {
            0 => Simple(),
            1 => $"({Any(depth)} and {Any(depth)})",
            2 => $"({Any(depth)} or {Any(depth)})",
            3 => $"{Name('f') ?? "key"}({Of('n', depth)})",
            4 => $"{Name('t') ?? "g0"}[{Of('n', depth)}]",
            5 => $"{Name('t') ?? "g1"}.x",
            6 => HasDots ? random.Next(2) == 0 ? "..." : "(...)" : "nil",
            7 => $"({Name('o') ?? "1"} {One(Arithmetic)} {Any(depth)})",
            8 => $"({Any(depth)} {One(Comparisons)} {Name('o') ?? "2"})",
            9 => $"string.find({Of('s', depth)}, {Pattern()}, {random.Next(5) - 2})",
            10 => $"select({random.Next(5) - 2}, {Any(depth)}, {Any(depth)})",
            11 => $"unpack({Of('t', depth)})",
            12 => $"{Name('o') ?? "g2"}:x({Any(depth)})",
            _ => string.Create(CultureInfo.InvariantCulture, $"g{random.Next(3)}"),
        };
    }
}
