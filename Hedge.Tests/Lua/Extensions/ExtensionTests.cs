using Hedge.Host.Lua.Extensions;
using Hedge.Host.Lua.Machines;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Lua.Extensions;

/// <summary>
/// The libraries do what they do in redis-server 7.0.15, however a run is cut into slices, and stay within
/// the memory there is.
/// </summary>
[TestFixture]
[Category("fast")]
public sealed class ExtensionTests
{
    private const long MemoryMax = 4 << 20;
    private const string Half = "local h = ('x'):rep(1000000) ";

    /// <summary>The libraries, which are names of files with cases as well.</summary>
    internal static readonly string[] Libraries = ["bit", "struct", "cjson", "cmsgpack"];

    [Test]
    public void Calls_give_what_they_give_in_redis([ValueSource(nameof(Libraries))] string library)
    {
        (string Case, string Expected)[] all = ExtensionRun.Read(library);
        foreach (Slices slices in Enum.GetValues<Slices>())
        {
            string[] actual = new ExtensionRun().Actual([.. all.Select(c => c.Case)], slices);
            for (int i = 0; i < all.Length; i++)
                Assert.That(actual[i], Is.EqualTo(all[i].Expected), $"{slices}: {all[i].Case}");
        }
    }

    [Test]
    public void Random_calls_give_the_same_in_any_slices([ValueSource(nameof(Libraries))] string library)
    {
        int seed = LuaSeed.Next();
        TestContext.Progress.WriteLine($"{library}: seed {seed}");
        var calls = new CallGenerator(seed);
        for (int batch = 0; batch < 10; batch++)
        {
            string[] cases = [.. Enumerable.Range(0, 200).Select(_ => calls.Next(library))];
            var pieces = new ExtensionRun();
            string[] expected = new ExtensionRun().Actual(cases);
            string[] actual = pieces.Actual(cases, batch % 2 == 0 ? Slices.Small : Slices.Single);
            Assert.That(pieces.Pauses, Is.GreaterThan(cases.Length));
            for (int i = 0; i < cases.Length; i++)
                Assert.That(actual[i], Is.EqualTo(expected[i]), $"seed {seed}: {cases[i]}");
        }
    }

    [Test]
    public void Random_calls_end_in_results_or_errors([ValueSource(nameof(Libraries))] string library)
    {
        int seed = LuaSeed.Next() + 1;
        TestContext.Progress.WriteLine($"{library}: seed {seed}");
        var calls = new CallGenerator(seed);
        var run = new ExtensionRun();
        for (int batch = 0; batch < SimCounts.Times(20); batch++)
            run.Actual([.. Enumerable.Range(0, 1000).Select(_ => calls.Next(library))]);
    }

    [TestCase("local t = {} for i = 1, 1e6 do t[i] = i end return #cjson.encode(t)")]
    [TestCase("return #cjson.decode('[' .. ('0,'):rep(1e6) .. '0]')")]
    [TestCase("return #cjson.decode('\"' .. ('\\\\n'):rep(1e6) .. '\"')")]
    [TestCase("return #cjson.encode(('\\0'):rep(1e6))")]
    [TestCase("local t = {} for i = 1, 1e6 do t[i] = i end for i = 1, 1e6 do t[i] = nil end "
        + "return cjson.encode(t)")]
    [TestCase("local t = {} for i = 1, 1e6 do t[i] = i end return #cmsgpack.pack(t)")]
    [TestCase("return select('#', cmsgpack.unpack('\\221\\0\\15\\66\\64' .. ('a'):rep(1e6)))")]
    [TestCase("return #struct.pack(('x'):rep(1e6)), struct.size(('i'):rep(1e6))")]
    public void Long_work_pauses(string source)
    {
        var run = new ExtensionRun();
        var runner = new LuaRunner(256 << 20);
        LuaExtensions.Open(runner.Machine);
        Assert.That(runner.Run(source, Slices.Small), Is.EqualTo(LuaStatus.Finished), runner.TakeOutput());
        Assert.That(runner.Pauses, Is.GreaterThan(200));
        Assert.That(run.Actual([source])[0], Does.Contain("true"));
    }

    [TestCase(Half + "return cjson.encode({h, h, h, h})")]
    [TestCase("return cjson.encode(('\\0'):rep(1000000))")]
    [TestCase("cjson.encode_sparse_array(false, 0) return cjson.encode({[2^30] = 1})")]
    [TestCase("return cjson.decode('[' .. ('[],'):rep(100000) .. '[]]')")]
    [TestCase("return cjson.decode('[' .. ('\"ab\",'):rep(200000) .. '1]')")]
    [TestCase("return cjson.decode(('['):rep(1000) .. ('\"abc\",'):rep(200000))")]
    [TestCase("local t = {} while true do t[#t + 1] = cjson.new() end")]
    [TestCase("local t = {} while true do t[#t + 1] = cjson.decode('{\"a\":[]}') end")]
    [TestCase("local t = {} while true do t[#t + 1] = cjson.encode({#t}) end")]
    [TestCase(Half + "return cmsgpack.pack(h, h, h, h)")]
    [TestCase("return cmsgpack.unpack('\\221\\0\\15\\66\\64' .. ('\\144'):rep(1000000))")]
    [TestCase("return cmsgpack.unpack('\\221\\0\\15\\66\\64' .. ('\\162ab'):rep(500000))")]
    [TestCase(Half + "return struct.pack('sss', h, h, h)")]
    [TestCase(Half + "local t = {} while true do t[#t + 1] = struct.unpack('c1000', h) end")]
    [TestCase("return struct.pack(('i32'):rep(200000), unpack({}, 1, 5000))")]
    [TestCase("local t = {} while true do t[#t + 1] = bit.tohex(#t) end")]
    public void There_is_not_enough_memory(string source)
    {
        var runner = new LuaRunner(MemoryMax);
        LuaExtensions.Open(runner.Machine);
        LuaStatus status = runner.Run(source, Slices.Big, 400_000_000);
        string output = runner.TakeOutput();
        Assert.That(status, Is.EqualTo(LuaStatus.Failed), output);
        Assert.That(output, Is.EqualTo("error: not enough memory\n").Or.Contain("bad argument #"));
        Assert.That(runner.Run("return 1"), Is.EqualTo(LuaStatus.Finished), "the machine goes on");
    }

    [TestCase("for i = 1, 20000 do cjson.decode(cjson.encode({1, {a = i}, 'text'})) end")]
    [TestCase("for i = 1, 20000 do cmsgpack.unpack(cmsgpack.pack({1, {a = i}, 'text'})) end")]
    [TestCase("for i = 1, 20000 do struct.unpack('id', struct.pack('id', i, i)) end")]
    [TestCase("for i = 1, 2000 do pcall(cjson.encode, {('x'):rep(3000), pcall}) end")]
    public void What_is_free_again_is_not_counted(string source)
    {
        foreach (Slices slices in (Slices[])[Slices.Big, Slices.Small])
        {
            var runner = new LuaRunner(MemoryMax);
            LuaExtensions.Open(runner.Machine);
            Assert.That(runner.Run(source, slices), Is.EqualTo(LuaStatus.Finished), runner.TakeOutput());
            Assert.That(runner.Machine.CountMemory(), Is.LessThan(MemoryMax / 8));
        }
    }
}
