using System.Text;
using Hedge.Host.Lua.Machines;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>Sources and patterns that nobody would write end in results or errors: never in the process,
/// never past the budget, never past the limit of memory.</summary>
[TestFixture]
[Category("fast")]
public sealed class FuzzTests
{
    private const long MemoryMax = 8 << 20;
    private const int SlicesMax = 3;

    private static readonly string[] Pieces =
    [
        "end ", "(", ")", "{", "}", "..", "...", "[[", "]]", "'",
            "\"", "--", "function ", "local ", "return ", "1e309", "0x", "#", "-",
        "not ", "= ", "~=", ":", "\\", "%", "^", "while true do ", "repeat ", "until ", "\0", "\xff", "nil",
            "pcall(", "error(",
        "coroutine.yield(", "string.rep('x', 1e7)", "setmetatable(", "goto ", "; ", "for i = 1, 1e9 do ",
    ];

    private static readonly string[] PatternPieces =
    [
        "a", "b", ".", "%a", "%w", "%", "[", "]", "^", "$", "(", ")", "()", "*", "+", "-", "?", "%1", "%2",
            "%b()", "%f", "[^a]", "[a-c]",
        "%f[%w]", ".-", ".*", "%z", "[%", "[]]", "[^]", "a-b", "\0", "%0", "%9", "[a-", "%bxx",
    ];

    [Test]
    public void Mutated_programs_end() => Mutate(SimCounts.Times(60_000), LuaSeed.Next());

    [Test]
    [Category("soak")]
    public void Ten_million_mutated_programs_end() => Mutate(10_000_000, TestSeed.Next());

    [Test]
    public void Random_patterns_end()
    {
        int seed = LuaSeed.Next();
        var random = new Random(seed);
        var run = new DifferentialRun(MemoryMax);
        for (int i = 0; i < SimCounts.Times(100_000); i++)
        {
            string pattern = Quoted(random, PatternPieces, 8);
            string subject = Quoted(random, ["a", "b", "(", ")", " ", "ab", "x", "1", "\0", "aaaa"], 12);
            string call = random.Next(5) switch
            {
                0 => $"string.find({subject}, {pattern}, {random.Next(5)})",
                1 => $"string.match({subject}, {pattern})",
                2 => $"string.gsub({subject}, {pattern}, {Quoted(random, ["%0", "%1", "%", "x"], 3)})",
                3 => $"string.gsub({subject}, {pattern}, function(...) return ... end)",
                _ => $"pcall(function() for a, b in string.gmatch({subject}, {pattern}) do print(a) end end)",
            };
            try
            {
                run.Actual($"print(pcall(function() return {call} end))", i % 8 == 0 ? Slices.Small
                    : Slices.Big, 100_000);
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"seed {seed}: {call}\n{e}");
            }
        }
    }

    [TestCase("local s = '' for i = 1, 300 do s = s .. '(' end return loadstring('return ' .. s)")]
    [TestCase("return loadstring('return ' .. ('{'):rep(300))")]
    [TestCase("return loadstring(('do '):rep(1000))")]
    [TestCase("return loadstring(('function f() '):rep(300))")]
    [TestCase("return loadstring('return ' .. ('a..'):rep(300) .. 'a')")]
    [TestCase("return loadstring('return ' .. ('-'):rep(100000) .. '1')")]
    [TestCase("return loadstring('return ' .. ('not '):rep(1000) .. '1')")]
    [TestCase("return loadstring('x = ' .. ('f('):rep(1000))")]
    [TestCase("return loadstring('if x then ' .. ('elseif x then '):rep(20000) .. 'end')")]
    [TestCase("return loadstring('local ' .. ('a,'):rep(300) .. 'a')")]
    [TestCase("return loadstring(('a,'):rep(300) .. 'a = 1')")]
    [TestCase("return loadstring('return {' .. ('1,'):rep(100000) .. '}')")]
    [TestCase("local function f() return 1 + f() end return pcall(f)")]
    [TestCase("local function f() return pcall(f) end return f()")]
    [TestCase("local function f() return xpcall(f, f) end return f()")]
    [TestCase("return xpcall(error, function() error('again') end)")]
    [TestCase("return xpcall(function() local function f() return 1 + f() end f() end, function(m) "
        + "return m end)")]
    [TestCase("local t t = setmetatable({}, {__index = function(_, k) return t[k + 1] end}) return t[1]")]
    [TestCase("local t = {} setmetatable(t, {__index = t}) return t.x")]
    [TestCase("local t = setmetatable({}, {}) getmetatable(t).__newindex = t t.x = 1")]
    [TestCase("local t = setmetatable({}, {}) getmetatable(t).__call = t t()")]
    [TestCase("local t t = setmetatable({}, {__add = function(a, b) return a + b end}) return t + t")]
    [TestCase("local t t = setmetatable({}, {__tostring = function(a) return tostring(a) end}) "
        + "return tostring(t)")]
    [TestCase("local t t = setmetatable({}, {__concat = function(a, b) return a .. b end}) return t .. t")]
    [TestCase("local t t = setmetatable({}, {__eq = function(a, b) return a == b end}) "
        + "return t == setmetatable({}, getmetatable(t))")]
    [TestCase("local function f() return (('x'):gsub('x', f)) end return f()")]
    [TestCase("local function f() table.sort({1, 2, 3}, f) end return f()")]
    [TestCase("local function f() return coroutine.wrap(f)() end return f()")]
    [TestCase("local function f() for x in f do end end return f()")]
    [TestCase("local c c = coroutine.create(function() return coroutine.resume(c) end) return "
        + "coroutine.resume(c)")]
    [TestCase("return ('x'):rep(1000):find(('x?'):rep(1000) .. ('x'):rep(1000))")]
    [TestCase("return ('a'):rep(10000):find(('a-'):rep(100) .. 'b')")]
    [TestCase("return ('x'):find(('()'):rep(40))")]
    [TestCase("return ('x'):find(('('):rep(40))")]
    [TestCase("return unpack({}, 1, 1e8)")]
    [TestCase("return string.byte(('x'):rep(100000), 1, -1)")]
    [TestCase("local t = {} for i = 1, 200 do t = {t} end return #t")]
    [TestCase("return select('#', unpack({}, 1, 7000))")]
    [TestCase("local function f(...) return select('#', ...) end return f(unpack({}, 1, 7000))")]
    [TestCase("local function f(n, ...) if n == 0 then return ... end return f(n - 1, n, ...) end "
        + "return f(5000)")]
    [TestCase("return load(function() return 'x = ' end)")]
    [TestCase("table.sort({3, 1, 2, 5, 4, 9, 8, 7}, function() return true end)")]
    [TestCase("while true do end")]
    [TestCase("while true do pcall(error) end")]
    [TestCase("local function f() return f() end f()")]
    [TestCase("for w in ('x'):rep(100):gmatch('') do while true do end end")]
    public void A_hostile_program_ends(string source)
    {
        foreach (Slices slices in (Slices[])[Slices.Big, Slices.Small])
        {
            var runner = new LuaRunner(MemoryMax * 4);
            LuaStatus status = runner.Run(source, slices, slices == Slices.Big ? 20_000_000 : 300_000);
            Assert.That(status, Is.AnyOf(LuaStatus.Finished, LuaStatus.Failed, LuaStatus.BudgetUsed));
            Assert.That(runner.Run("return 1"), Is.EqualTo(LuaStatus.Finished), "the machine goes on");
        }
    }

    private static string Quoted(Random random, string[] pieces, int max)
    {
        var text = new StringBuilder();
        int count = random.Next(max);
        for (int i = 0; i < count; i++) text.Append(pieces[random.Next(pieces.Length)]);
        return $"'{text.Replace("\0", "\\0")}'";
    }

    private static void Mutate(int count, int seed)
    {
        TestContext.Progress.WriteLine($"Lua fuzz: HEDGE_TEST_SEED={seed}");
        var random = new Random(seed);
        var generator = new ProgramGenerator(seed);
        var run = new DifferentialRun(MemoryMax);
        string other = generator.Next();
        for (int i = 0; i < count; i++)
        {
            string program = Mutated(random, i % 4 == 0 ? generator.Next() : other, other);
            if (i % 4 == 0) other = program.Length < 4000 ? program : generator.Next();
            try
            {
                run.Actual(program, Slices.Big, SlicesMax);
                if (i % 1000 == 0) Assert.That(run.MemoryUsed, Is.LessThan(MemoryMax * 9 / 8));
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"seed {seed}: {e}\n{program}");
            }
        }
    }

    private static string Mutated(Random random, string program, string other)
    {
        var text = new StringBuilder(program);
        for (int changes = 1 + random.Next(4); changes > 0; changes--)
        {
            int at = random.Next(text.Length + 1);
            int length = Math.Min(random.Next(12), text.Length - at);
            switch (random.Next(5))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2 when at < text.Length:
                    text[at] = (char)random.Next(256);
                    break;
                case 3:
                    int from = random.Next(other.Length + 1);
                    text.Insert(at, other.AsSpan(from, Math.Min(random.Next(60), other.Length - from)));
                    break;
                default:
                    text.Insert(at, text.ToString(at, length));
                    break;
            }
        }

        return text.ToString();
    }
}
