using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>What a machine gives its host, beside running programs.</summary>
[TestFixture]
[Category("fast")]
public sealed class MachineTests
{
    [TestCase("g = 1")]
    [TestCase("_G.g = 1")]
    [TestCase("print = nil")]
    [TestCase("local t = _G t.print = 1")]
    [TestCase("local t, i = _G, 1 t[i] = 1")]
    [TestCase("local s = string s.rep = nil")]
    [TestCase("for k in pairs(_G) do _G[k] = nil end")]
    public void A_readonly_table_is_not_written(string source) =>
        Assert.That(ErrorOnReadOnly(source),
            Is.EqualTo("error: input:1: Attempt to modify a readonly table\n"));

    /// <summary>The library's functions do not say where, as in Redis.</summary>
    [TestCase("rawset(_G, 'g', 1)")]
    [TestCase("setmetatable(_G, {})")]
    [TestCase("table.insert(_G, 1)")]
    [TestCase("table.sort(_G)")]
    [TestCase("table.remove(_G)")]
    public void A_readonly_table_is_not_written_by_the_library(string source) =>
        Assert.That(ErrorOnReadOnly(source), Is.EqualTo("error: Attempt to modify a readonly table\n"));

    [Test]
    public void The_line_hook_sees_lines_and_stops_where_it_likes()
    {
        var runner = new LuaRunner();
        List<int> lines = [];
        runner.Machine.LineHook = (_, line) =>
        {
            lines.Add(line);
            return line == 3;
        };
        const string Source = "local a = 1\nfor i = 1, 2 do\n  a = a + i\nend\nprint(a)";
        LuaPrototype chunk = LuaPrototype.Compile(
            System.Text.Encoding.ASCII.GetBytes(Source), LuaString.Name("=f"), out _)!;
        runner.Machine.Start(runner.Machine.Load(chunk));
        List<string> seen = [];
        LuaStatus status;
        while ((status = runner.Machine.Run(1000)) == LuaStatus.Stopped)
        {
            LuaValue[] stack = runner.Machine.Thread.Stack;
            seen.Add(string.Join(' ', Positions.Locals(runner.Machine, 0).Where(l => l.Name[0] != '(')
                .Select(l => $"{l.Name}={stack[l.Index].Number}")));
        }

        Assert.That(status, Is.EqualTo(LuaStatus.Finished));
        Assert.That(seen, Is.EqualTo((string[])["a=1 i=1", "a=2 i=2"]));
        Assert.That(lines, Is.EqualTo((int[])[1, 2, 3, 2, 3, 2, 5]));
        Assert.That(runner.TakeOutput(), Is.EqualTo("4\n"));
    }

    [Test]
    public void A_run_can_be_given_up_anywhere()
    {
        var runner = new LuaRunner();
        const string Source =
            "local function f(n) if n > 0 then pcall(f, n - 1) else while true do end end end f(20)";
        Assert.That(runner.Run(Source, Slices.Big, 1_000_000), Is.EqualTo(LuaStatus.BudgetUsed));
        Assert.That(runner.Machine.IsRunning, Is.False);
        Assert.That(runner.Run("print(1)"), Is.EqualTo(LuaStatus.Finished));
        Assert.That(runner.TakeOutput(), Is.EqualTo("1\n"));
    }

    [Test]
    public void Keys_that_stand_in_one_chain_are_paid_for()
    {
        const int Keys = 2000;
        var runner = new LuaRunner();
        LuaTable keys = runner.Machine.NewTable(Keys);
        for (int i = 0, count = 0; count < Keys; i++)
        {
            LuaString key = LuaString.Of($"{i}");
            if ((key.Hash & 2047) == 5) keys.Set(++count, key);
        }

        runner.Machine.Globals.Set("keys", keys);
        LuaStatus status = runner.Run("local t = {} for i = 1, #keys do t[keys[i]] = i end");
        Assert.That(status, Is.EqualTo(LuaStatus.Finished));
        Assert.That(runner.Pauses, Is.GreaterThan(3));
    }

    [Test]
    public void Machines_share_compiled_functions()
    {
        LuaPrototype chunk = LuaPrototype.Compile(
            "x = (x or 0) + 1 print(x, 'shared')"u8.ToArray(), LuaString.Name("=f"), out _)!;
        LuaRunner[] runners = [new(), new()];
        for (int i = 0; i < 3; i++)
        {
            foreach (LuaRunner runner in runners)
            {
                Assert.That(runner.Run(chunk), Is.EqualTo(LuaStatus.Finished));
                Assert.That(runner.TakeOutput(), Is.EqualTo($"{i + 1}\tshared\n"));
            }
        }
    }

    [Test]
    public void A_host_function_reads_arguments_and_raises_errors()
    {
        var runner = new LuaRunner();
        LuaLibraries.Set(runner.Machine, runner.Machine.Globals, "add", static call =>
            call.Return(call.Number(1) + call.Integer(2)));
        runner.Run("print(add(1.5, '2')) print(pcall(add, 1)) add('x', 1)");
        Assert.That(runner.TakeOutput(),
            Is.EqualTo("3.5\nfalse\tbad argument #2 to '?' (number expected, got no value)\n"
            + "error: input:1: bad argument #1 to 'add' (number expected, got string)\n"));
    }

    [Test]
    public void Results_and_errors_are_values()
    {
        var runner = new LuaRunner();
        runner.Run("return 1, 'two', {}, nil");
        Assert.That(runner.Machine.Results.ToArray().Select(v => v.TypeName),
            Is.EqualTo((string[])["number", "string", "table", "nil"]));
        runner.Run("error({code = 5})");
        Assert.That(runner.Machine.Error.AsTable!.Get(LuaString.Name("code")).Number, Is.EqualTo(5));
    }

    [Test]
    public void A_million_errors_take_seconds()
    {
        var runner = new LuaRunner();
        LuaStatus status =
            runner.Run("for i = 1, 1e6 do pcall(error, i) end for i = 1, 1e4 do pcall(string.rep) end");
        Assert.That(status, Is.EqualTo(LuaStatus.Finished));
    }

    private static string ErrorOnReadOnly(string source)
    {
        var runner = new LuaRunner();
        runner.Machine.Globals.ReadOnly = true;
        runner.Machine.Globals.Get(LuaString.Name("string")).AsTable!.ReadOnly = true;
        Assert.That(runner.Run(source), Is.EqualTo(LuaStatus.Failed));
        return runner.TakeOutput();
    }
}
