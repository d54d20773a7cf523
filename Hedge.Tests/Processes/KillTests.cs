using Hedge.Storage.Io.Compressions;
using Hedge.Tests.Resp;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>
/// The process is killed (SIGKILL) in the middle of eight clients' writes, again and again on the same
/// directory, each time with other options; the parent process knows what must be there afterwards.
/// </summary>
[TestFixture]
[Category("process")]
public sealed class KillTests
{
    private const int Clients = 8;

    [TestCase("always", 40)]
    [TestCase("everysec", 20)]
    [TestCase("no", 12)]
    public Task No_acknowledged_write_is_lost(string sync, int rounds) => Run(sync, SimCounts.Times(rounds));

    [TestCase("always")]
    [TestCase("everysec")]
    [TestCase("no")]
    [Category("soak")]
    public Task No_acknowledged_write_is_lost_in_many_kills(string sync) => Run(sync, SimCounts.Times(200));

    private static async Task Run(string sync, int rounds)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"kill -9 under appendfsync {sync}: seed {seed}");
        var random = new Random(seed);
        CrashClient[] clients =
            [.. Enumerable.Range(0, Clients).Select(i => new CrashClient($"c{i}", random.Next()))];
        string directory = Directory.CreateTempSubdirectory("hedge-kill-").FullName;
        var recovery = new List<double>();
        long writes = 0;
        long pending = 0;
        try
        {
            for (int round = 0; round < rounds; round++)
            {
                ServerLaunch launch = RandomLaunch(random, sync, directory);
                string options = string.Join(' ', launch.Settings.Select(s => $"--{s.Name} {s.Value}"));
                using (ServerProcess server = await ServerProcess.StartAsync(launch))
                {
                    if (round > 0) recovery.Add(server.StartTime.TotalMilliseconds);
                    await WriteAndKill(server, clients, TimeSpan.FromMilliseconds(random.Next(20, 500)));
                }

                foreach (CrashClient client in clients)
                    Assert.That(client.WrongReply, Is.Null, $"seed {seed}, round {round}, {options}");
                writes += clients.Sum(c => c.History.Operations.Count(o => o.Acknowledged));
                pending += clients.Sum(c => c.History.Operations.Count(o => !o.Acknowledged));
                await CheckAfterRestart(launch, clients, o => o.Acknowledged,
                    $"seed {seed}, round {round}, {options}");
            }
        }
        finally
        {
            Directory.Delete(directory, true);
        }

        Figures.Write($"kill-{sync}", new Dictionary<string, object>
        {
            ["seed"] = seed,
            ["kills"] = rounds,
            ["acknowledged"] = writes,
            ["pending"] = pending,
            ["lost"] = 0,
            ["recovery-p50-ms"] = Figures.Percentile(recovery, 0.5),
            ["recovery-p99-ms"] = Figures.Percentile(recovery, 0.99),
        });
        Assert.That(writes, Is.GreaterThan(rounds * 20), "so few writes prove nothing");
    }

    private static ServerLaunch RandomLaunch(Random random, string sync, string directory) => new()
    {
        Directory = directory,
        Settings =
        [
            ("appendfsync", sync),
            ("cores", random.Next(3) switch { 0 => "1", 1 => "2", _ => "4" }),
            ("io", random.Next(2) == 0 ? "auto" : "portable"),
            // Small, so that flushes and new log segments are being made when the kill comes.
            ("memtable-bytes", random.Next(2) == 0 ? "64kb" : "16mb"),
            ("log-segment-bytes", random.Next(2) == 0 ? "1mb" : "64mb"),
            ("value-log-threshold", random.Next(3) switch { 0 => "32", 1 => "1024", _ => "0" }),
            ("compression", CompressionOf(random)),
        ],
    };

    private static string CompressionOf(Random random) =>
        random.Next(2) == 0 && CompressionLibrary.IsThere(BlockCompression.Lz4) ? "lz4" : "none";

    private static async Task WriteAndKill(ServerProcess server, CrashClient[] clients, TimeSpan delay)
    {
        using var end = new CancellationTokenSource();
        TestConnection[] connections = await Task.WhenAll(clients.Select(_ => server.ConnectAsync()));
        Task[] running = [.. clients.Select((c, i) => Task.Run(() => c.RunAsync(connections[i], end.Token)))];
        await Task.Delay(delay);
        server.Kill();
        await end.CancelAsync();
        await Task.WhenAll(running);
        foreach (TestConnection connection in connections) await connection.DisposeAsync();
    }

    // A second process recovers and is killed as well: what it found must be found again.
    private static async Task CheckAfterRestart(ServerLaunch launch, CrashClient[] clients,
        Func<Operation, bool> certain, string context)
    {
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection connection = await server.ConnectAsync();
        foreach (CrashClient client in clients)
        {
            KeyState[] observed = await client.ReadAsync(connection);
            string? violation = client.History.Check(observed, certain);
            Assert.That(violation, Is.Null, context);
            client.StartFrom(observed);
        }
    }
}
