using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>Small programs and what Lua 5.1 prints for them.</summary>
[TestFixture]
[Category("fast")]
public sealed class ProgramTests
{
    private const string Fibonacci =
        "local function f(n) if n < 2 then return n end return f(n-1) + f(n-2) end print(f(15))";

    [TestCase("print(1, 1.5, nil, true, 10/3, 1e15, 2^53, 'x')",
        "1\t1.5\tnil\ttrue\t3.3333333333333\t1e+15\t9.007199254741e+15\tx")]
    [TestCase("local x = nil; print(pcall(function() return x.y end))",
        "false\tinput:1: attempt to index upvalue 'x' (a nil value)")]
    [TestCase("print(pcall(function() nothing() end))",
        "false\tinput:1: attempt to call global 'nothing' (a nil value)")]
    [TestCase("print(pcall(function() table.insert(nil, 1) end))",
        "false\tinput:1: bad argument #1 to 'insert' (table expected, got nil)")]
    [TestCase("print(('hello world'):gsub('o', '0'))", "hell0 w0rld\t2")]
    [TestCase("print(string.format('%5.2f|%-5d|%q', 3.14159, 42, 'a\"b'))", " 3.14|42   |\"a\\\"b\"")]
    [TestCase("local t = {5, 2, 8} table.sort(t, function(a, b) return a > b end) print(unpack(t))",
        "8\t5\t2")]
    [TestCase("local c = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) return b end) "
        + "print(c(1), c(7))", "2\t7")]
    [TestCase("print((function(...) return select('#', ...), ... end)(1, nil, 3))", "3\t1\tnil\t3")]
    [TestCase("print(loadstring('x ='))", "nil\t[string \"x =\"]:1: unexpected symbol near '<eof>'")]
    [TestCase("local t = setmetatable({}, {__index = function(_, k) return k .. '!' end}) print(t.a)", "a!")]
    [TestCase("for i = 3, 1, -1 do local x = i print(x) end", "3\n2\n1")]
    [TestCase("error({})", "error: table: ", true)]
    [TestCase(Fibonacci, "610")]
    public void A_program_prints(string source, string expected, bool isStart = false)
    {
        foreach (Slices slices in Enum.GetValues<Slices>())
        {
            var runner = new LuaRunner();
            runner.Run(source, slices);
            string output = runner.TakeOutput().TrimEnd('\n');
            if (isStart) Assert.That(output, Does.StartWith(expected), $"{slices}");
            else Assert.That(output, Is.EqualTo(expected), $"{slices}");
        }
    }

    [Test]
    public void A_function_of_the_host_suspends_in_callbacks()
    {
        var runner = new LuaRunner();
        const string Source = """
            local t = {3, 1, 2}
            table.sort(t, function(a, b) return ready(a) < ready(b) end)
            print(t[1], t[2], t[3])
            print((("abc"):gsub(".", function(c) return ready(c .. c) end)))
            print(pcall(function() error(ready("e"), 0) end))
            local m = setmetatable({},
                {__add = function(a, b) return ready(b) end, __lt = function() return ready(true) end})
            print(m + 5, m < m)
            for i in function(_, i) i = ready(i + 1) if i < 3 then return i end end, nil, 0 do print(i) end
            """;
        Assert.That(runner.Run(Source), Is.EqualTo(LuaStatus.Finished));
        Assert.That(runner.TakeOutput(), Is.EqualTo("1\t2\t3\naabbcc\nfalse\te\n5\ttrue\n1\n2\n"));
        Assert.That(runner.Suspensions, Is.GreaterThan(10));
    }

    [Test]
    public void A_warm_machine_runs_a_compiled_function_without_allocation()
    {
        var runner = new LuaRunner();
        LuaPrototype? chunk = LuaPrototype.Compile("return 1"u8.ToArray(), LuaString.Name("=f"), out _);
        LuaClosure function = runner.Machine.Load(chunk!);
        for (int i = 0; i < 100; i++) RunOnce(runner.Machine, function);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) RunOnce(runner.Machine, function);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static void RunOnce(LuaMachine machine, LuaClosure function)
    {
        machine.Start(function);
        if (machine.Run(1000) != LuaStatus.Finished || machine.Results[0].Number != 1)
            throw new InvalidOperationException("not finished");
    }
}
