using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using NUnit.Framework;

namespace Hedge.Tests.Scripting;

/// <summary>What is proven of scripts: those that touch the keys they are given, and those of which that
/// cannot be known.</summary>
[TestFixture]
[Category("fast")]
public sealed class KeyProofTests
{
    private static readonly CommandTable Commands = AllCommands.Table();

    [TestCase("return 1")]
    [TestCase("return redis.call('GET', KEYS[1])")]
    [TestCase("return redis.pcall('set', KEYS[1], ARGV[1], 'EX', ARGV[2])")]
    [TestCase("return redis['call']('get', KEYS[#KEYS])")]
    [TestCase("local k = KEYS[1] redis.call('incr', k) return redis.call('pexpire', k, 10 * ARGV[1])")]
    [TestCase("local call = redis.call local function f(n) return call('get', KEYS[n]) end return f(1)")]
    [TestCase("local r = redis local k, l = KEYS[1], KEYS[2] return r.call('rpoplpush', k, l)")]
    [TestCase("for i = 1, #KEYS do redis.call('del', KEYS[i]) end")]
    [TestCase("for i, key in ipairs(KEYS) do redis.call('del', key) end")]
    [TestCase("for _, key in pairs(KEYS) do redis.call('hset', key, 'f', ARGV[1]) end")]
    [TestCase("return redis.call('mget', unpack(KEYS))")]
    [TestCase("return redis.call('hmset', KEYS[1], unpack(ARGV))")]
    [TestCase("return redis.call('object', 'encoding', KEYS[1])")]
    [TestCase("if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0")]
    [TestCase("local ok, r = pcall(function() return redis.call('get', KEYS[1]) end) return r")]
    [TestCase("local t = {} for i = 1, 3 do t[i] = KEYS[i] .. 'x' end return cjson.encode(t)")]
    [TestCase("local cmd = 'get' if ARGV[1] then cmd = 'get' end return redis.call(cmd, KEYS[1])")]
    [TestCase("return redis.call('config', 'get', KEYS[1])", Description = "not allowed from scripts")]
    [TestCase("return redis.call('nosuch', 'x')")]
    [TestCase("return redis.call('time')[1]")]
    [TestCase("local f = function(x) return x end return f(redis.call('get', KEYS[1]))")]
    [TestCase("while redis.call('llen', KEYS[1]) > 0 do local v = redis.call('lpop', KEYS[1]) "
        + "redis.call('rpush', KEYS[2], v) end")]
    [TestCase("#!lua flags=no-writes\nreturn redis.call('get', KEYS[1])")]
    public void Proven(string script) => Assert.That(ReachOf(script), Is.EqualTo(ScriptReach.DeclaredKeys));

    [TestCase("return redis.call('get', 'a')")]
    [TestCase("return redis.call('get', ARGV[1])")]
    [TestCase("return redis.call('get', KEYS[1] .. ':x')")]
    [TestCase("return redis.call(ARGV[1], KEYS[1])")]
    [TestCase("return redis.call(unpack(ARGV))")]
    [TestCase("return redis.call('mget', KEYS[1], unpack(ARGV))")]
    [TestCase("return redis.call('mset', KEYS[1], 'v', unpack(KEYS))")]
    [TestCase("return pcall(redis.call, 'get', KEYS[1])")]
    [TestCase("local t = {call = redis.call} return t.call('get', 'a')")]
    [TestCase("KEYS[1] = 'x' return redis.call('get', KEYS[1])")]
    [TestCase("table.insert(KEYS, 'x') return redis.call('get', KEYS[2])")]
    [TestCase("local k = KEYS k[1] = 'x' return redis.call('get', KEYS[1])")]
    [TestCase("local k = KEYS[1] if ARGV[1] then k = ARGV[1] end return redis.call('get', k)")]
    [TestCase("local k = KEYS[1] k = k .. 'x' return redis.call('get', k)")]
    [TestCase("local k = KEYS[1] local function f() k = 'x' end f() return redis.call('get', k)")]
    [TestCase("local k local function f() return redis.call('get', k) end k = 'x' return f()")]
    [TestCase("local k = KEYS[1] local f = function() return redis.call('get', k) end k = 'x' return f()")]
    [TestCase("local c local function f() return c('get', 'x') end c = redis.call return f()")]
    [TestCase("local function f(k) return redis.call('get', k) end return f(KEYS[1])",
        Description = "right, but what a function is called with is not looked at")]
    [TestCase("return loadstring(\"return redis.call('get', 'x')\")()")]
    [TestCase("return _G.redis.call('get', 'x')")]
    [TestCase("local f = ARGV[1] and redis.call or tostring return f('get', 'x')")]
    [TestCase("local f = tostring if ARGV[1] then f = redis.call end return f('get', 'x')")]
    [TestCase("local function g() return redis.call end return g()('get', 'x')")]
    [TestCase("local g = coroutine.wrap(function() coroutine.yield(redis.call) end) return g()('get', 'x')")]
    [TestCase("return redis.call('dbsize')")]
    [TestCase("return redis.call('keys', '*')")]
    [TestCase("return redis.call('flushall')")]
    [TestCase("return redis.call('zunion', 2, KEYS[1], KEYS[2])", Description = "where its keys are depends")]
    [TestCase("for k, v in next, KEYS do redis.call('get', v) end")]
    [TestCase("for i = 1, 2 do local k = KEYS[1] if i == 2 then k = 'x' end redis.call('get', k) end")]
    [TestCase("local k = KEYS[1] for i = 1, 2 do redis.call('get', k) k = 'x' .. i end")]
    public void NotProven(string script) =>
        Assert.That(ReachOf(script), Is.EqualTo(ScriptReach.AllPartitions));

    [TestCase("return redis.call('pubsub', 'channels')", ScriptReach.AllCores, false)]
    [TestCase("return redis.call('PUB' .. 'SUB', 'channels') -- pubsub", ScriptReach.AllCores, false)]
    [TestCase("redis.call('set', KEYS[1], 1) redis.call('publish', 'c', 'm')",
        ScriptReach.DeclaredKeys, true)]
    [TestCase("redis.call('set', 'x', 1) redis.call('PubLish', 'c', 'm')", ScriptReach.AllPartitions, true)]
    [TestCase("redis.call('spublish', KEYS[1], 'm')", ScriptReach.DeclaredKeys, true)]
    public void Messages(string script, object reach, bool publishes)
    {
        Script compiled = Compile(script);
        Assert.Multiple(() =>
        {
            Assert.That(compiled.Reach, Is.EqualTo(reach));
            Assert.That(compiled.Publishes, Is.EqualTo(publishes));
        });
    }

    [TestCase("redis.register_function('f', function(k, args) return redis.call('get', k[1]) end)", true)]
    [TestCase("local function f(keys, args) return redis.call('get', keys[1]) end\n"
        + "redis.register_function('f', f) redis.register_function{function_name = 'g', callback = f}", true)]
    [TestCase("redis.register_function('f', function(k, args) return redis.call('get', args[1]) end)", false)]
    [TestCase("redis.register_function('f', function(k, args) k[1] = 'x' return redis.call('get', k[1]) "
        + "end)", false)]
    [TestCase("local function help(k) return redis.call('get', k) end\n"
        + "redis.register_function('f', function(keys, args) return help(keys[1]) end)", false)]
    public void Functions(string library, bool proven)
    {
        var machine = new ScriptMachine(64 << 20, Commands, null);
        byte[] text = Encoding.ASCII.GetBytes("#!lua name=lib\n" + library);
        FunctionLibrary loaded = FunctionLibrary.Load(text, machine, null, out string error)!;
        Assert.That(error, Is.Empty);
        Assert.That(loaded.Functions[0].Reach,
            Is.EqualTo(proven ? ScriptReach.DeclaredKeys : ScriptReach.AllPartitions));
    }

    private static ScriptReach ReachOf(string script) => Compile(script).Reach;

    private static Script Compile(string script)
    {
        byte[] text = Encoding.ASCII.GetBytes(script);
        Script? compiled = Script.Compile(text, ScriptDigest.Of(text), Commands, out string error);
        Assert.That(error, Is.Empty);
        return compiled!;
    }
}
