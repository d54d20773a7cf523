using Hedge.Tests.Differential;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Lua.Extensions;

/// <summary>The libraries beside those of redis-server: random calls give the same bytes, values in the same
/// order of <c>pairs</c>, and errors.</summary>
[TestFixture]
[Category("diff")]
public sealed class ExtensionComparisonTests
{
    private const int BatchSize = 1000;
    private const int Calls = 25_000;

    [Test]
    public async Task Random_calls_give_what_they_give_in_redis(
        [ValueSource(typeof(ExtensionTests), nameof(ExtensionTests.Libraries))] string library)
    {
        int seed = LuaSeed.Next();
        TestContext.Progress.WriteLine($"{library}: seed {seed}");
        using ServerProcess redis = await StartAsync();
        using var pipe = new ReplyPipe(redis.Port);
        var calls = new CallGenerator(seed);
        var run = new ExtensionRun();
        for (int done = 0; done < SimCounts.Times(Calls); done += BatchSize)
        {
            string[] cases = [.. Enumerable.Range(0, BatchSize).Select(_ => calls.Next(library))];
            string[] expected = ExtensionRun.Expected(pipe, cases);
            string[] actual = run.Actual(cases);
            for (int i = 0; i < cases.Length; i++)
                Assert.That(actual[i], Is.EqualTo(expected[i]), $"seed {seed}: {cases[i]}");
        }
    }

    [Test]
    public async Task The_cases_are_those_of_redis(
        [ValueSource(typeof(ExtensionTests), nameof(ExtensionTests.Libraries))] string library)
    {
        using ServerProcess redis = await StartAsync();
        using var pipe = new ReplyPipe(redis.Port);
        (string Case, string Expected)[] all = ExtensionRun.Read(library);
        string[] expected = ExtensionRun.Expected(pipe, [.. all.Select(c => c.Case)]);
        Assert.That(all.Select(c => c.Expected), Is.EqualTo(expected));
    }

    private static Task<ServerProcess> StartAsync() => ServerProcess.StartAsync(new ServerLaunch
    {
        Kind = ServerKind.Redis,
        Settings = [("appendonly", "no")],
    });
}
