using System.Diagnostics;
using Hedge.Tests.Resp;
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

    [Test]
    public Task No_acknowledged_write_is_lost_when_every_write_is_synced() =>
        Run("always", TimeSpan.Zero, 100);

    [Test]
    public Task At_most_two_seconds_are_lost_when_syncing_every_second() =>
        Run("everysec", TimeSpan.FromSeconds(2), 30);

    [Test]
    [Category("soak")]
    public Task No_acknowledged_write_is_lost_in_many_kills() => Run("always", TimeSpan.Zero, 300);

    private static async Task Run(string sync, TimeSpan mayBeLost, int rounds)
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
                long killed;
                using (ServerProcess server = await ServerProcess.StartAsync(launch))
                {
                    if (round > 0) recovery.Add(server.StartTime.TotalMilliseconds);
                    killed =
                        await WriteAndKill(server, clients, TimeSpan.FromMilliseconds(random.Next(20, 500)));
                }

                foreach (CrashClient client in clients)
                    Assert.That(client.WrongReply, Is.Null, $"seed {seed}, round {round}, {options}");
                writes += clients.Sum(c => c.History.Operations.Count(o => o.Acknowledged));
                pending += clients.Sum(c => c.History.Operations.Count(o => !o.Acknowledged));
                await CheckAfterRestart(launch, clients, o => o.WasAcknowledged(mayBeLost, killed),
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
            ("cores", random.Next(2) == 0 ? "1" : "2"),
            ("io", random.Next(2) == 0 ? "auto" : "portable"),
            // Small, so that flushes and new log segments are being made when the kill comes.
            ("memtable-bytes", random.Next(2) == 0 ? "64kb" : "16mb"),
            ("log-segment-bytes", random.Next(2) == 0 ? "1mb" : "64mb"),
            ("value-log-threshold", random.Next(3) switch { 0 => "32", 1 => "256", _ => "0" }),
        ],
    };

    private static async Task<long> WriteAndKill(ServerProcess server, CrashClient[] clients, TimeSpan delay)
    {
        using var end = new CancellationTokenSource();
        TestConnection[] connections = await Task.WhenAll(clients.Select(_ => server.ConnectAsync()));
        Task[] running = [.. clients.Select((c, i) => Task.Run(() => c.RunAsync(connections[i], end.Token)))];
        await Task.Delay(delay);
        long killed = Stopwatch.GetTimestamp();
        server.Kill();
        await end.CancelAsync();
        await Task.WhenAll(running);
        foreach (TestConnection connection in connections) await connection.DisposeAsync();
        return killed;
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
