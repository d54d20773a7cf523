using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Queues of a real server with consumers that wait: every element comes out once.</summary>
[TestFixture]
[Category("process")]
public sealed class BlockedQueueTests
{
    private const int Consumers = 8;
    private const int Pushes = 1500;
    private static readonly string[] Sources = ["q0", "q1", "q2", "q3"];
    private static readonly string[] Targets = ["d0", "d1", "d2", "d3"];

    [TestCase("1")]
    [TestCase("2")]
    public async Task Each_element_is_taken_once(string cores)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"queues: seed {seed}");
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("cores", cores), ("collection-node-bytes", "64")],
        });
        List<string>[] taken = [.. Enumerable.Range(0, Consumers).Select(_ => new List<string>())];
        Task[] consumers =
            [.. taken.Select((values, i) => ConsumeAsync(server, new Random(seed + i), values))];
        List<string> pushed = await ProduceAsync(server, new Random(seed));
        await using TestConnection connection = await server.ConnectAsync();
        // Each consumer takes one of these from whichever queue it waits at last, and ends.
        string[] ends = [.. Enumerable.Repeat("end", Consumers)];
        foreach (string source in Sources) await connection.CallAsync(["RPUSH", source, .. ends]);
        await Task.WhenAll(consumers).WaitAsync(TimeSpan.FromSeconds(60));
        List<string> all = [.. taken.SelectMany(values => values)];
        foreach (string key in (string[])[.. Sources, .. Targets])
        {
            RespValue rest = await connection.CallAsync("LRANGE", key, "0", "-1");
            all.AddRange(rest.Children.Select(child => child.Text));
        }

        Assert.That(all.Where(value => value != "end"), Is.EquivalentTo(pushed));
    }

    private static async Task<List<string>> ProduceAsync(ServerProcess server, Random random)
    {
        await using TestConnection connection = await server.ConnectAsync();
        List<string> pushed = [];
        for (int i = 0; i < Pushes; i++)
        {
            string[] values = [.. Enumerable.Range(0, 1 + random.Next(3))
                .Select(j => string.Create(CultureInfo.InvariantCulture, $"{i}:{j}"))];
            pushed.AddRange(values);
            string name = random.Next(2) == 0 ? "RPUSH" : "LPUSH";
            await connection.CallAsync([name, Sources[random.Next(Sources.Length)], .. values]);
        }

        return pushed;
    }

    // Ends at an "end" that it has taken itself; one that it has moved is not its own.
    private static async Task ConsumeAsync(ServerProcess server, Random random, List<string> taken)
    {
        await using TestConnection connection = await server.ConnectAsync();
        while (true)
        {
            string source = Sources[random.Next(Sources.Length)];
            string other = Sources[random.Next(Sources.Length)];
            string target = Targets[random.Next(Targets.Length)];
            RespValue reply = await connection.CallAsync(random.Next(4) switch
            {
                0 => ["BLPOP", source, other, "0.2"],
                1 => ["BRPOP", other, source, "0.2"],
                2 => ["BLMPOP", "0.2", "2", source, other, "LEFT", "COUNT", "2"],
                _ => ["BLMOVE", source, target, "LEFT", "RIGHT", "0.2"],
            });
            if (reply.Children.Count < 2) continue;
            RespValue last = reply.Children[1];
            string[] values = last.Children.Count > 0 ? [.. last.Children.Select(value => value.Text)]
                : [last.Text];
            taken.AddRange(values);
            if (values.Contains("end")) return;
        }
    }
}
