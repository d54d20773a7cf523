using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;
using NUnit.Framework;

namespace Hedge.Tests.Scripting;

/// <summary>What the machine of a core's scripts allocates.</summary>
[TestFixture]
[Category("fast")]
public sealed class ScriptMachineTests
{
    private const int Runs = 10_000;

    private static readonly CommandTable Commands = AllCommands.Table();

    [TestCase("return 1")]
    [TestCase("return redis.call('ping')")]
    [TestCase("local n = 0 for i = 1, 10 do n = n + i end return n == 55 and 'right' or 'wrong'")]
    [TestCase("return redis.call('get', KEYS[1])")]
    [TestCase("redis.call('hset', KEYS[1], 'f', ARGV[1]) return redis.call('zadd', KEYS[2], ARGV[2], 'm')")]
    public void A_warm_machine_runs_a_small_script_without_allocating(string text)
    {
        byte[] source = Encoding.ASCII.GetBytes(text);
        Script script = Script.Compile(source, ScriptDigest.Of(source), Commands, out string error)!;
        Assert.That(error, Is.Empty);
        var machine = new ScriptMachine(16 << 20, Commands, null);
        LuaTable keys = machine.Lua.NewTable(2);
        for (int i = 1; i <= 2; i++) keys.Set(i, machine.Lua.NewString("key"u8));
        var host = new NoServer();
        Run(machine, script, host, keys);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(machine, script, host, keys);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.LessThan(Runs / 10), "bytes");
    }

    private static void Run(ScriptMachine machine, Script script, NoServer host, LuaTable keys)
    {
        for (int i = 0; i < Runs; i++)
        {
            machine.Start(script, host, keys, keys);
            if (machine.Lua.Run(1000) != LuaStatus.Finished) Assert.Fail("it does not end");
            machine.End();
        }
    }
}
