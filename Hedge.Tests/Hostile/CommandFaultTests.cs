using Hedge.Tests.Reliability;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Hostile;

/// <summary>A command that fails as by a fault of the server: before its first write it is an error reply and
/// nothing else, after it the process ends and says why.</summary>
[TestFixture]
[Category("fast")]
public sealed class CommandFaultTests
{
    private readonly List<string> _log = [];
    private string? _end;
    private SimWorld _world = null!;

    private SimRequester Start(int cores)
    {
        _log.Clear();
        _end = null;
        _world = new SimWorld(5, new SimServerOptions { Cores = cores, HasTestCommands = true });
        _world.Start();
        _world.Server!.Group.Server.Log = (level, text) => _log.Add($"{level} {text}");
        _world.Server.Group.Server.EndProcess = text =>
        {
            _end = text;
            throw new SimFailureException("the process ends");
        };
        return new SimRequester(_world);
    }

    [TearDown]
    public void End() => _world.Dispose();

    [TestCase(1)]
    [TestCase(2)]
    public void A_fault_before_the_first_write_is_an_error_and_changes_nothing(int cores)
    {
        SimRequester client = Start(cores);
        foreach (string key in new[] { "a", "b", "c", "d" })
        {
            Assert.That(client.Call($"SET {key} 1"), Is.EqualTo("+OK|"));
            Assert.That(client.Call("DEBUG WRITE-FAULT 1"), Is.EqualTo("+OK|"));
            Assert.That(client.Call($"SET {key} 2"), Does.StartWith("-ERR internal error in command 'set'"));
            Assert.That(client.Call($"GET {key}"), Is.EqualTo("$1|1|"));
            Assert.That(client.Call($"INCR {key}"), Is.EqualTo(":2|"));
            Assert.That(client.Call("DEBUG WRITE-FAULT 1"), Is.EqualTo("+OK|"));
            Assert.That(client.Call($"MSET {key} 3 {key}{key} 3"), Does.StartWith("-ERR internal error"));
            Assert.That(client.Call($"MGET {key} {key}{key}"), Is.EqualTo("*2|$1|2|$-1|"));
        }

        Assert.That(client.Call("DBSIZE"), Is.EqualTo(":4|"));
        Assert.That(_log, Has.Some.Match("'set' has failed before it wrote anything.*WRITE-FAULT"));
        Assert.That(_log, Has.Count.LessThanOrEqualTo(8 * cores));
    }

    /// <summary>A bug is planted: a command that writes before it has read all it needs.</summary>
    [Test]
    [PlantedBug("a command writes before it has read all it needs")]
    public void A_command_that_misses_a_record_after_it_has_written_ends_the_process(
        [Values(1, 2)] int cores, [Values] bool inTransaction)
    {
        SimRequester client = Start(cores);
        Assert.That(client.Call("SET cold 1"), Is.EqualTo("+OK|"));
        Assert.That(client.Call("DEBUG RELOAD"), Is.EqualTo("+OK|"));
        if (inTransaction) client.Call("MULTI");
        SimFailureException? end = Assert.Throws<SimFailureException>(() =>
        {
            client.Call("TEST.HALF {cold}a cold");
            client.Call("EXEC");
        });
        Assert.That(end!.Message, Is.EqualTo("the process ends"));
        Assert.That(_end, Does.Contain("'test.half'").And.Contain("reads after it writes"));
    }

    [Test]
    public void In_a_transaction_only_the_command_that_failed_is_an_error([Values(1, 2)] int cores)
    {
        SimRequester client = Start(cores);
        client.Call("DEBUG WRITE-FAULT 2");
        foreach (string line in new[] { "MULTI", "SET a 1", "SET b 2", "SET c 3" }) client.Call(line);
        Assert.That(client.Call("EXEC"),
            Does.Match(@"^\*3\|\+OK\|-ERR internal error in command 'set'[^|]*\|\+OK\|$"));
        Assert.That(client.Call("MGET a b c"), Is.EqualTo("*3|$1|1|$-1|$1|3|"));
    }

    [Test]
    public void A_fault_after_a_write_ends_the_process_and_the_log_says_why([Values(1, 2)] int cores)
    {
        SimRequester client = Start(cores);
        client.Call("SET kept 1");
        client.Call("DEBUG WRITE-FAULT 2");
        Assert.That(() => client.Call("MSET a 1 b 2"), Throws.TypeOf<SimFailureException>());
        Assert.That(_end, Does.Contain("'mset'").And.Contain("begun to write").And.Contain("WRITE-FAULT"));
    }

    [Test]
    public void Expired_keys_that_a_look_up_removes_are_not_writes_of_the_command()
    {
        SimRequester client = Start(1);
        client.Call("DEBUG SET-ACTIVE-EXPIRE 0");
        client.Call("SET gone 1 PX 1");
        _world.Clock.Advance(10_000);
        client.Call("DEBUG WRITE-FAULT 1");
        Assert.That(client.Call("APPEND gone x"), Does.StartWith("-ERR internal error"));
        Assert.That(client.Call("EXISTS gone"), Is.EqualTo(":0|"));
        Assert.That(client.Call("APPEND gone x"), Is.EqualTo(":1|"));
    }

    [TestCase(1, 1)]
    [TestCase(512, 1)]
    [TestCase(512, 4)]
    [TestCase(1024, 1)]
    [TestCase(1024, 2)]
    [TestCase(1024, 4)]
    public void Commands_of_all_partitions_work_with_any_number_of_them(int partitions, int cores)
    {
        _world = new SimWorld(7, new SimServerOptions
        {
            Cores = cores,
            Partitions = partitions,
            MemtableBytes = 64 * 1024,
        })
        { ForgetProbability = 0 };
        _world.Start();
        SimRequester client = new(_world);
        string pairs = string.Join(' ', Enumerable.Range(0, 300).Select(i => $"key{i} {i}"));
        Assert.That(client.Call($"MSET {pairs}"), Is.EqualTo("+OK|"));
        Assert.That(client.Call("DBSIZE"), Is.EqualTo(":300|"));
        Assert.That(client.Call("RANDOMKEY"), Does.Contain("key"));
        Assert.That(client.Call("KEYS *"), Does.StartWith("*300|"));
        Assert.That(client.Call($"KEYS {new string('k', 70_000)}*"), Is.EqualTo("*0|"));
        Assert.That(client.Call($"SCAN 0 MATCH {new string('k', 65_535)}*"), Does.StartWith("*2|"));
        foreach (string line in new[] { "MULTI", "KEYS key1", "DBSIZE", "FLUSHALL" }) client.Call(line);
        Assert.That(client.Call("EXEC"), Is.EqualTo("*3|*1|$4|key1|:300|+OK|"));
        Assert.That(client.Call("SWAPDB 0 1"), Is.EqualTo("+OK|"));
        Assert.That(client.Call("HEDGE.DELPREFIX k"), Is.EqualTo("+OK|"));
        Assert.That(client.Call("DBSIZE"), Is.EqualTo(":0|"));
    }
}
