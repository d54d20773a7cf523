using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>maxmemory-clients, and what CLIENT LIST tells of clients' memory.</summary>
[TestFixture]
[Category("process")]
public sealed class ClientEvictionTests
{
    private const int Kilobyte = 1024;

    [TestCase("1")]
    [TestCase("2")]
    public async Task The_clients_with_the_most_memory_go_first_and_only_as_many_as_needed(string cores)
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [("cores", cores)] });
        await using TestConnection observer = await server.ConnectAsync();
        // Else it would go as well: those that stay count, too.
        await observer.CallAsync("CLIENT", "NO-EVICT", "ON");
        var clients = new List<TestConnection>();
        try
        {
            for (int i = 1; i <= 8; i++)
            {
                TestConnection client = await server.ConnectAsync();
                clients.Add(client);
                await client.CallAsync("CLIENT", "SETNAME", $"c{i}");
                if (i == 8) Assert.That((await client.CallAsync("CLIENT", "NO-EVICT", "ON")).Text,
                    Is.EqualTo("OK"));
                SendUnfinished(client, i * 100 * Kilobyte);
            }

            Dictionary<string, long> memory = await Settled(observer, "c8", 800 * Kilobyte);
            Assert.That(await Flags(observer, "c8"), Is.EqualTo("e"));
            Assert.That(memory["c8"], Is.InRange(800 * Kilobyte, 4096 * Kilobyte));
            Assert.That(memory["c1"], Is.InRange(100 * Kilobyte, 512 * Kilobyte));
            // Without the two largest that may go it is enough.
            long limit = memory.Values.Sum() - memory["c7"] - (memory["c6"] / 2);
            await Set(observer, "maxmemory-clients", limit.ToString(CultureInfo.InvariantCulture));
            if (ServerLaunch.Subject == ServerKind.Hedge) await server.SaysAsync("maxmemory-clients");
            await Gone(observer, "c7", "c6");
            await Task.Delay(500);
            memory = await Memory(observer);
            Assert.That(memory.Keys.Where(n => n.StartsWith('c')).Order(),
                Is.EqualTo((string[])["c1", "c2", "c3", "c4", "c5", "c8"]));
            string info = (await observer.CallAsync("INFO", "everything")).Text;
            Assert.That(info, Does.Contain("evicted_clients:2\r\n"));
            Assert.That(Field(info, "mem_clients_normal"), Is.LessThanOrEqualTo(limit));
            await Set(observer, "maxmemory-clients", "100kb");
            await Gone(observer, "c1", "c2", "c3", "c4", "c5");
        }
        finally
        {
            foreach (TestConnection client in clients) await client.DisposeAsync();
        }
    }

    [Test]
    public async Task A_share_of_the_memory_bounds_a_client_that_does_not_read()
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("maxmemory", "256mb"), ("maxmemory-clients", "4%"), ("cores", "1")],
        });
        await using TestConnection observer = await server.ConnectAsync();
        await observer.CallAsync("SET", "big", new string('v', 1000 * Kilobyte));
        await using TestConnection greedy = await server.ConnectAsync();
        await greedy.CallAsync("CLIENT", "SETNAME", "greedy");
        for (int i = 0; i < 40; i++) greedy.Send("GET", "big");
        await Gone(observer, "greedy");
        Assert.That((await observer.CallAsync("PING")).Text, Is.EqualTo("PONG"));
        Assert.That((await observer.CallAsync("INFO", "stats")).Text, Does.Contain("evicted_clients:1\r\n"));
        await observer.CallAsync("CONFIG", "RESETSTAT");
        Assert.That((await observer.CallAsync("INFO", "stats")).Text, Does.Contain("evicted_clients:0\r\n"));
    }

    [Test]
    public async Task The_line_of_a_client_tells_what_it_holds()
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Settings = [("cores", "1")] });
        await using TestConnection observer = await server.ConnectAsync();
        await using TestConnection queuing = await server.ConnectAsync();
        await using TestConnection blocked = await server.ConnectAsync();
        await using TestConnection paused = await server.ConnectAsync();
        foreach ((TestConnection client, string name) in
            ((TestConnection, string)[])[(queuing, "q"), (blocked, "b"), (paused, "p")])
            await client.CallAsync("CLIENT", "SETNAME", name);
        await queuing.CallAsync("MULTI");
        await queuing.CallAsync("SET", "a", new string('x', 5000));
        blocked.Send("BLPOP", "list", "0");
        await Task.Delay(300);
        Assert.That(await Value(observer, "q", "multi-mem"), Is.InRange(5000, 50_000));
        Assert.That(await Value(observer, "b", "argv-mem"), Is.EqualTo(10), "BLPOP list 0");
        Assert.That(await Flags(observer, "b"), Is.EqualTo("b"));
        await observer.CallAsync("CLIENT", "PAUSE", "60000", "WRITE");
        paused.Send("SET", "a", "b");
        await Task.Delay(300);
        Assert.That(await Flags(observer, "p"), Is.EqualTo("b"));
        string info = (await observer.CallAsync("INFO", "clients")).Text;
        Assert.That(Field(info, "blocked_clients"), Is.EqualTo(2));
        await observer.CallAsync("CLIENT", "UNPAUSE");
        Assert.That((await paused.ReadAsync()).Text, Is.EqualTo("OK"));
        Assert.That(await Flags(observer, "p"), Is.EqualTo("N"));
        await observer.CallAsync("RPUSH", "list", "e");
        await blocked.ReadAsync();
        Assert.That(await Value(observer, "b", "argv-mem"), Is.Zero);
        await queuing.CallAsync("DISCARD");
        Assert.That(await Value(observer, "q", "multi-mem"), Is.Zero);
    }

    private static void SendUnfinished(TestConnection client, int bytes)
    {
        client.SendRaw(Encoding.ASCII.GetBytes($"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${bytes * 2}\r\n"));
        client.SendRaw(new byte[bytes]);
    }

    private static async Task Set(TestConnection connection, string name, string value) =>
        Assert.That((await connection.CallAsync("CONFIG", "SET", name, value)).Text, Is.EqualTo("OK"));

    private static async Task<Dictionary<string, long>> Settled(TestConnection observer, string name,
        long bytes)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            Dictionary<string, long> memory = await Memory(observer);
            if (memory.GetValueOrDefault(name) >= bytes) return memory;
            Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(20));
            await Task.Delay(100);
        }
    }

    private static async Task Gone(TestConnection observer, params string[] names)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (true)
        {
            Dictionary<string, long> memory = await Memory(observer);
            if (!names.Any(memory.ContainsKey)) return;
            Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(20), string.Join(", ", memory));
            await Task.Delay(50);
        }
    }

    private static async Task<Dictionary<string, long>> Memory(TestConnection observer)
    {
        var memory = new Dictionary<string, long>();
        foreach (string line in await Lines(observer))
            memory[Part(line, "name") + (Part(line, "name").Length == 0 ? Part(line, "id") : "")] =
                long.Parse(Part(line, "tot-mem"), CultureInfo.InvariantCulture);
        return memory;
    }

    private static async Task<string[]> Lines(TestConnection observer) =>
        (await observer.CallAsync("CLIENT", "LIST")).Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<string> Flags(TestConnection observer, string name) =>
        Part((await Lines(observer)).First(l => Part(l, "name") == name), "flags");

    private static async Task<long> Value(TestConnection observer, string name, string part) => long.Parse(
        Part((await Lines(observer)).First(l => Part(l, "name") == name), part),
        CultureInfo.InvariantCulture);

    private static string Part(string line, string name) => line.Split(' ')
        .First(w => w.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    private static long Field(string info, string name) => long.Parse(info.Split("\r\n")
        .First(l => l.StartsWith(name + ":", StringComparison.Ordinal))[(name.Length + 1)..],
        CultureInfo.InvariantCulture);
}
