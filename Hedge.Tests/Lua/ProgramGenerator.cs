using System.Globalization;
using System.Text;

namespace Hedge.Tests.Lua;

/// <summary>
/// Writes random programs that end soon: loops count, functions call only those before them, and a random
/// part of all operands has the wrong type, so that errors come as often as results. What is printed has no
/// addresses in it.
/// </summary>
internal sealed class ProgramGenerator(int seed)
{
    private const int DepthMax = 2;

    private readonly Random _random = new(seed);
    private readonly StringBuilder _text = new();
    private readonly List<(string Name, char Kind)> _names = [];
    private int _next;
    private int _depth;
    private int _loops;
    private bool _hasDots;

    private ExpressionGenerator Expressions => field ??= new ExpressionGenerator(_random, _names, this);

    /// <summary>A program.</summary>
    public string Next()
    {
        _text.Clear();
        _names.Clear();
        _next = _depth = _loops = 0;
        _hasDots = true;
        Expressions.Reset();
        int count = 1 + _random.Next(3);
        for (int i = 0; i < count; i++) Statement();
        return _text.ToString();
    }

    /// <summary>A new name.</summary>
    public string NewName() => string.Create(CultureInfo.InvariantCulture, $"v{_next++}");

    /// <summary>A function with a body, as an expression.</summary>
    public string Function(string parameters, string last)
    {
        StringBuilder outer = new(_text.ToString());
        _text.Clear();
        int names = _names.Count;
        (bool hadDots, int loops) = (_hasDots, _loops);
        _hasDots = parameters.Contains("...", StringComparison.Ordinal);
        _loops = 0;
        foreach (string name in parameters.Split(',', StringSplitOptions.TrimEntries))
        {
            if (name.Length > 0 && name != "...") _names.Add((name, 'a'));
        }

        Expressions.HasDots = _hasDots;
        Block(1 + _random.Next(2));
        string body = $"function({parameters}) {_text}{last} end";
        _names.RemoveRange(names, _names.Count - names);
        (_hasDots, _loops) = (hadDots, loops);
        Expressions.HasDots = _hasDots;
        _text.Clear().Append(outer);
        return body;
    }

    /// <summary>Whether another level of blocks and functions may begin.</summary>
    public bool MayNest => _depth < DepthMax;

    private void Block(int count)
    {
        _depth++;
        int names = _names.Count;
        for (int i = 0; i < count; i++) Statement();
        _names.RemoveRange(names, _names.Count - names);
        _depth--;
    }

    private void Line(string text) => _text.Append(text).Append('\n');

    private string Any() => Expressions.Any(0);

    private void Statement()
    {
        int choice = _random.Next(MayNest ? 24 : 11);
        switch (choice)
        {
            case < 3:
                Declare();
                break;
            case < 6:
                Line($"print({Expressions.List(1 + _random.Next(3))})");
                break;
            case < 8:
                Assign();
                break;
            case < 10:
                Line($"print(pcall(function() return {Any()} end))");
                break;
            case 10:
                Line($"print(pcall({Expressions.Callable()}{Prefixed(Expressions.List(_random.Next(3)))}))");
                break;
            case 11:
                If();
                break;
            case < 14:
                Loop();
                break;
            case 14:
                _text.Append("do ");
                Block(2);
                Line("end");
                break;
            case < 17:
                DeclareFunction();
                break;
            case < 19:
                DeclareObject();
                break;
            case < 21:
                Coroutine();
                break;
            case 21:
                Line($"print(pcall({Function("...", $"return {Any()}")}{Prefixed(Expressions.List(2))}))");
                break;
            case 22:
                Line($"print(xpcall({Function("", $"return {Any()}")}, function(m) return 'h', m end))");
                break;
            default:
                Sort();
                break;
        }
    }

    private static string Prefixed(string list) => list.Length == 0 ? "" : $", {list}";

    private void Declare()
    {
        if (_random.Next(4) == 0)
        {
            string first = NewName();
            string second = NewName();
            Line($"local {first}, {second} = {Expressions.List(1 + _random.Next(3))}");
            _names.Add((first, 'a'));
            _names.Add((second, 'a'));
            return;
        }

        string name = NewName();
        char kind = "nnsstta"[_random.Next(7)];
        Line($"local {name} = {Expressions.Of(kind, 0)}");
        _names.Add((name, kind));
    }

    private void Assign()
    {
        string first = Target();
        if (_random.Next(3) > 0) Line($"{first} = {Any()}");
        else Line($"{first}, {Target()} = {Expressions.List(1 + _random.Next(3))}");
    }

    private string Target() => _random.Next(4) switch
    {
        0 => $"g{_random.Next(3)}",
        1 => Expressions.Field(),
        // Functions keep their names, so that none calls itself for ever.
        _ => Expressions.Name("nsta"[_random.Next(4)]) is { } name && !Expressions.IsFunction(name)
            ? name : "g0",
    };

    private void If()
    {
        _text.Append(CultureInfo.InvariantCulture, $"if {Any()} then ");
        Block(1);
        if (_random.Next(2) == 0)
        {
            _text.Append(CultureInfo.InvariantCulture, $"elseif {Any()} then ");
            Block(1);
        }

        if (_random.Next(2) == 0)
        {
            _text.Append("else ");
            Block(1);
        }

        Line("end");
    }

    private void Loop()
    {
        if (_loops >= 2)
        {
            Declare();
            return;
        }

        _loops++;
        int names = _names.Count;
        string name = NewName();
        string end = "end";
        switch (_random.Next(6))
        {
            case 0:
                string step = _random.Next(2) == 0 ? "" : $", {_random.Next(5) - 2.5}";
                Line($"for {name} = {_random.Next(5)}, {_random.Next(5)}{step} do");
                _names.Add((name, 'n'));
                break;
            case 1:
                string value = NewName();
                Line($"for {name}, {value} in pairs({Expressions.NewTable()}) do");
                _names.Add((name, 'a'));
                _names.Add((value, 'a'));
                break;
            case 2:
                string item = NewName();
                Line($"for {name}, {item} in ipairs({Expressions.NewTable()}) do");
                _names.Add((name, 'n'));
                _names.Add((item, 'a'));
                break;
            case 3:
                Line($"for {name} in string.gmatch({Expressions.Of('s', 1)}, {Expressions.Pattern()}) do");
                _names.Add((name, 's'));
                break;
            case 4:
                Line($"local {name} = 0 while {name} < {_random.Next(4)} do {name} = {name} + 1");
                _names.Add((name, 'n'));
                break;
            default:
                Line($"local {name} = 0 repeat {name} = {name} + 1 local x{name} = {Any()}");
                _names.Add((name, 'n'));
                end = $"until {name} >= {_random.Next(4)} or x{name} == {name}";
                break;
        }

        // The counter of a loop is a name that nothing in it assigns to.
        _names[names] = (name, '#');
        Block(1 + _random.Next(2));
        if (_random.Next(4) == 0) Line($"if {Any()} then break end");
        Line(end);
        _names.RemoveRange(names, _names.Count - names);
        _loops--;
    }

    private void DeclareFunction()
    {
        string name = NewName();
        string[] forms = ["", "a", "a, b", "...", "a, ..."];
        string parameters =
            forms[_random.Next(forms.Length)].Replace("a", $"a{name}", StringComparison.Ordinal)
            .Replace("b", $"b{name}", StringComparison.Ordinal);
        bool isTail = _random.Next(3) == 0 && Expressions.Name('f') is not null;
        string last = isTail ? $"return {Expressions.Name('f')}({Expressions.List(1)})"
            : $"return {Expressions.List(_random.Next(3))}";
        Line($"local {name} = {Function(parameters, last)}");
        _names.Add((name, 'f'));
    }

    private void DeclareObject()
    {
        string[] events =
        [
            "add", "sub", "mul", "div", "mod", "pow", "unm", "concat", "eq", "lt", "le", "index", "newindex",
                "call", "len",
            "tostring",
        ];
        string name = NewName();
        Line($"local {name} = setmetatable({{x = {Any()}}}, {{");
        int count = 1 + _random.Next(6);
        for (int i = 0; i < count; i++)
        {
            string e = events[_random.Next(events.Length)];
            string result = e == "tostring" ? "return 'obj'" : $"return {Expressions.Simple()}";
            string handler = e is "index" && _random.Next(2) == 0 ? Expressions.Of('t', 1)
                : $"function(...) print('{e}', select('#', ...)) {result} end";
            Line($"__{e} = {handler},");
        }

        Line("__tostring = function() return 'object' end})");
        _names.Add((name, 'o'));
    }

    private void Coroutine()
    {
        string name = NewName();
        string form = _random.Next(2) == 0 ? "create" : "wrap";
        string body = $"local x = coroutine.yield({Expressions.List(_random.Next(3))}) "
            + $"print('in', x) x = coroutine.yield(x, {Any()})";
        Line($"local {name} = coroutine.{form}(function(...) {body} return ... end)");
        int count = 1 + _random.Next(3);
        for (int i = 0; i < count; i++)
        {
            string call = form == "create"
                ? $"coroutine.resume({name}{Prefixed(Expressions.List(_random.Next(2)))})"
                : $"pcall({name}{Prefixed(Expressions.List(_random.Next(2)))})";
            Line($"print({call})");
        }

        if (form == "create") Line($"print(coroutine.status({name}))");
    }

    private void Sort()
    {
        string name = NewName();
        string[] orders =
            ["", ", function(a, b) return a > b end",
                ", function(a, b) return #tostring(key(a)) < #tostring(key(b)) end"];
        Line($"local {name} = {Expressions.Of('t', 0)}");
        Line($"print(pcall(table.sort, {name}{orders[_random.Next(orders.Length)]}))");
        Line($"for i = 1, 8 do print({name}[i]) end");
        _names.Add((name, 't'));
    }
}
