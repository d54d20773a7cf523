using System.Globalization;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A command of a script has its own time, the script all of it, in a transaction, too.</summary>
[TestFixture]
[Category("process")]
internal sealed class ScriptTimeTests
{
    private const string Long =
        "for i = 1, 5000000 do end redis.call('get', KEYS[1]) return redis.call('strlen', KEYS[1])";

    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-time-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_commands_time_is_not_the_scripts(bool inTransaction)
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Directory = _directory,
            Settings = [("cores", "1"), ("slowlog-log-slower-than", "-1")],
        });
        await using TestConnection client = await server.ConnectAsync();
        // Once before, so that no code has to be compiled.
        await client.CallAsync("EVAL", Long, "1", "key");
        await client.CallAsync("CONFIG", "RESETSTAT");
        if (inTransaction) await client.CallAsync("MULTI");
        await client.CallAsync("EVAL", Long, "1", "key");
        if (inTransaction) await client.CallAsync("EXEC");
        string info = (await client.CallAsync("INFO", "commandstats")).Text!;
        Assert.That(Microseconds(info, "eval"), Is.GreaterThan(1000));
        Assert.That(Microseconds(info, "get") * 4, Is.LessThan(Microseconds(info, "eval")));
        Assert.That(Microseconds(info, "strlen") * 4, Is.LessThan(Microseconds(info, "eval")));
    }

    private static long Microseconds(string info, string command)
    {
        string start = $"cmdstat_{command}:";
        string line = info.Split('\n').Single(l => l.StartsWith(start, StringComparison.Ordinal));
        string text = line.Split("usec=")[1].Split(',')[0];
        return long.Parse(text, CultureInfo.InvariantCulture);
    }
}
