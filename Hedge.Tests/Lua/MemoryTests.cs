using Hedge.Host.Lua.Machines;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>Nothing in the language or its libraries takes memory that is not counted.</summary>
[TestFixture]
[Category("fast")]
public sealed class MemoryTests
{
    private const long MemoryMax = 4 << 20;

    private const string Half = "local h = ('x'):rep(1500000) ";

    [TestCase("return ('x'):rep(1e9)")]
    [TestCase("return ('xyz'):rep(2e6)")]
    [TestCase(Half + "return h .. h .. h")]
    [TestCase(Half + "local a = h:upper() return a .. a:lower() .. a")]
    [TestCase(Half + "local a = h:reverse() local b = a:sub(2) return a .. b")]
    [TestCase(Half + "return h:gsub('x', 'yyyyyy')")]
    [TestCase(Half + "return h:gsub('x+', '%0%0%0%0')")]
    [TestCase(Half + "return string.format('%s%s%s', h, h, h)")]
    [TestCase(Half + "return string.format('%q%q%q', h, h, h)")]
    [TestCase(Half + "return table.concat({h, h, h, h})")]
    [TestCase(Half + "return table.concat({1, 2, 3, 4}, h)")]
    [TestCase(Half + "local t = {} for i = 1, 10 do t[i] = h:match('^(.*)$') end")]
    [TestCase(Half + "local t = {} for i = 1, 10 do t[i] = h:sub(i + 1) end")]
    [TestCase(Half + "local t = {} for i = 1, 10 do local a, b, c = h:find('(.*)') t[i] = c end")]
    [TestCase(Half + "local t = {} for w in h:gmatch('x') do t[#t + 1] = {w} end")]
    [TestCase(Half + "return load(function() return h end)")]
    [TestCase(Half + "local t = {} for i = 1, 99 do t[i] = loadstring('return \"' .. h .. '\"') end")]
    [TestCase("local t = {} while true do t[#t + 1] = tostring(#t) end")]
    [TestCase("local t = {} while true do table.insert(t, 1) end")]
    [TestCase("local t = {} for i = 1, 1e9 do t[i * 3.5] = i end")]
    [TestCase("local t = {} for i = 1, 1e9 do t['k' .. i] = true end")]
    [TestCase("local t = {} while true do t[#t + 1] = {} end")]
    [TestCase("local t = {} while true do t = {t} end")]
    [TestCase("local t = {} while true do t = setmetatable({}, {__index = t}) end")]
    [TestCase("local f = print while true do local g = f f = function() return g end end")]
    [TestCase("local t = {} while true do t[#t + 1] = coroutine.create(function() end) end")]
    [TestCase("local t = {} while true do t[#t + 1] = coroutine.wrap(function() end) end")]
    [TestCase("local t = {} while true do t[#t + 1] = ('x'):gmatch('x') end")]
    [TestCase("local t = {} while true do t[#t + 1] = newproxy(true) end")]
    [TestCase("local t = {} while true do t[#t + 1] = loadstring('return 1') end")]
    [TestCase("local t = {} while true do t[#t + 1] = os.date('*t') end")]
    [TestCase("local t = {} while true do t[#t + 1] = string.char(65, 66, 67) .. #t end")]
    [TestCase("local t = {} while true do t[#t + 1] = select(2, pcall(error, 'x' .. #t)) end")]
    [TestCase("local function f(n) local a, b, c, d, e = {}, {}, {}, {}, {} return 1 + f({n, a}) end f()")]
    [TestCase("local s = 'x' while true do s = s .. s end")]
    [TestCase("local s = 'x' while true do pcall(function() while true do s = s .. s end end) end")]
    [TestCase("local s = 'x' while true do xpcall(function() while true do s = s .. s end end, print) end")]
    [TestCase("while true do coroutine.resume(coroutine.create(function() local s = 'x' "
        + "while true do s = s .. s end end)) end")]
    [TestCase("local t = {} for i = 1, 1e9 do t[i] = i .. 'x' if i % 2 == 0 then t[i / 2] = nil end end")]
    [TestCase("local t = {('x'):rep(1000)} table.sort(t) while true do t[#t + 1] = t[1] .. #t end")]
    public void There_is_not_enough_memory(string source)
    {
        long before = GC.GetTotalMemory(true);
        var runner = new LuaRunner(MemoryMax);
        LuaStatus status = runner.Run(source, Slices.Big, 400_000_000);
        string output = runner.TakeOutput();
        Assert.That(status, Is.EqualTo(LuaStatus.Failed), output);
        Assert.That(output, Is.EqualTo("error: not enough memory\n").Or.Contain("stack overflow"));
        Assert.That(GC.GetTotalMemory(true) - before, Is.LessThan(2 * MemoryMax), "bytes that stay");
        Assert.That(runner.Run("return 1"), Is.EqualTo(LuaStatus.Finished), "the machine goes on");
        GC.KeepAlive(runner);
    }

    [TestCase("for i = 1, 300000 do local t = {i, {}} end")]
    [TestCase("for i = 1, 30000 do local s = ('x'):rep(1000) .. i end")]
    [TestCase("local t = {} for i = 1, 300000 do t[i % 1000] = {i} end")]
    [TestCase("for i = 1, 20000 do local c = coroutine.wrap(function() coroutine.yield(1) end) c() end")]
    [TestCase("for i = 1, 50 do local h = ('x'):rep(500000) h:upper() h:gsub('x+', 'yy') end")]
    [TestCase("for i = 1, 300000 do local f = function() return i end f() end")]
    public void What_is_free_again_is_not_counted(string source)
    {
        foreach (Slices slices in (Slices[])[Slices.Big, Slices.Small])
        {
            var runner = new LuaRunner(MemoryMax);
            LuaStatus status = runner.Run(source, slices);
            Assert.That(status, Is.EqualTo(LuaStatus.Finished), runner.TakeOutput());
            Assert.That(runner.Machine.CountMemory(), Is.LessThan(MemoryMax / 8));
        }
    }
}
