using System.Globalization;
using Hedge.Host.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Clients;

/// <summary>redis-benchmark's own tests run to their end;
/// how fast is for scripts/benchmark.py to say.</summary>
[TestFixture]
public sealed class RedisBenchmarkTests : ClientFixture
{
    // redis-benchmark's name → the command it needs.
    private static readonly (string Test, string Command)[] Tests =
    [
        ("ping_inline", "PING"), ("ping_mbulk", "PING"), ("set", "SET"), ("get", "GET"), ("incr", "INCR"),
        ("mset", "MSET"), ("lpush", "LPUSH"), ("rpush", "RPUSH"), ("lpop", "LPOP"), ("rpop", "RPOP"),
        ("sadd", "SADD"), ("hset", "HSET"), ("spop", "SPOP"), ("zadd", "ZADD"), ("zpopmin", "ZPOPMIN"),
        ("lrange", "LRANGE"),
    ];

    private static string[] Possible { get; } =
    [
        .. Tests.Where(t => AllCommands.Table().Commands.Any(c => c.Spec.Name == t.Command))
            .Select(t => t.Test),
    ];

    [TestCase("1", "50")]
    [TestCase("16", "50")]
    [TestCase("64", "200")]
    [TestCase("1", "1", "--threads", "2")]
    [TestCase("16", "50", "--threads", "2")]
    [TestCase("16", "50", "-k", "0")]
    public async Task Its_tests_run_to_their_end(string depth, string clients, params string[] more)
    {
        Assert.That(
            Possible, Is.SupersetOf((string[])["ping_inline", "ping_mbulk", "set", "get", "incr", "mset"]));
        bool reconnects = more.Contains("-k");
        string[] all =
        [
            "-h", "127.0.0.1", "-p", $"{Server.Port}", "-t", string.Join(',', Possible), "-n",
            reconnects ? "1000" : "20000",
            "-r", "1000", "-d", "100", "-P", depth, "-c", clients, "--csv", .. more,
        ];
        ProgramResult result = await ExternalProgram.RunAsync("redis-benchmark", all);
        Assert.That(result.ExitCode, Is.Zero, result.Output);
        Assert.That(result.Output, Does.Not.Contain("rror"));
        string[][] lines =
            [.. result.Output.Split('\n').Where(l => l.StartsWith('"')).Select(l => l.Split("\",\""))];
        Assert.That(lines, Has.Length.GreaterThanOrEqualTo(Possible.Length + 1), result.Output);
        foreach (string[] line in lines.Skip(1))
            Assert.That(double.Parse(line[1], CultureInfo.InvariantCulture), Is.Positive, line[0]);
    }
}
