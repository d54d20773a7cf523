using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A client that asks for far more keys on disk than memory can hold, without reading a reply first,
/// holds up nobody, takes no memory and does not keep the server from ending.</summary>
[TestFixture]
[Category("process")]
public sealed class ColdPipelineTests
{
    private const int Keys = 130_000;
    private const int ValueBytes = 2000;
    private const long MegaByte = 1 << 20;

    // Bounds that hold on a busy machine too; scripts/hostile.py measures.
    private const double StallSecondsMax = 5;
    private const double EndSecondsMax = 20;

    private static readonly (string, string)[] Settings =
        [("maxmemory", "100mb"), ("cores", "1"), ("appendfsync", "no")];

    [Test]
    public async Task Cold_reads_leave_others_their_turn_and_memory_and_the_server_ends_in_their_midst()
    {
        string directory = Directory.CreateTempSubdirectory("hedge-cold-").FullName;
        try
        {
            ServerLaunch launch = new()
            {
                Kind = ServerKind.Hedge,
                Settings = Settings,
                Directory = directory,
            };
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                Fill(server.Port);
                await server.TerminateAsync();
            }

            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await ReadAll(server);
                ReadMany(server, count: 15_000, values: 15_000);
                ReadMany(server, count: Keys, values: 0);
                RemoveMany(server);
                await EndInTheMidst(server);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void Fill(int port)
    {
        using BulkClient client = new(port);
        string value = new('v', ValueBytes);
        for (int i = 0; i < Keys; i += 1000)
        {
            for (int k = i; k < i + 1000; k++) client.Send(BulkClient.Encode("SET", Key(k), value).Span);
            for (int k = i; k < i + 1000; k++) Assert.That(client.ReadLine(), Is.EqualTo("+OK"));
        }
    }

    private static async Task ReadAll(ServerProcess server)
    {
        using BulkClient reader = new(server.Port);
        using BulkClient writer = new(server.Port);
        Task work = Task.Run(() =>
        {
            Task sending = Task.Run(() => SendAll(reader));
            for (int i = 0; i < Keys; i++) Assert.That(reader.ReadBulk().Length, Is.EqualTo(ValueBytes));
            sending.Wait();
        });
        double longest = 0;
        long resident = 0;
        while (!work.IsCompleted)
        {
            Stopwatch watch = Stopwatch.StartNew();
            Assert.That(writer.Call("PING"), Is.EqualTo("+PONG"));
            longest = Math.Max(longest, watch.Elapsed.TotalSeconds);
            resident = Math.Max(resident, server.ResidentBytes);
            await Task.WhenAny(work, Task.Delay(5));
        }

        await work;
        Figures.Count($"stall-{TestContext.CurrentContext.Test.MethodName}", ("loads", 1),
            ("milliseconds", Math.Round(longest * 1000)),
            ("resident-mib", resident / MegaByte));
        Assert.That(longest, Is.LessThan(StallSecondsMax));
        Assert.That(resident, Is.LessThan((100 + 64) * MegaByte));
    }

    // All values of an MGET, or an error when they are more than memory can hold.
    private static void ReadMany(ServerProcess server, int count, int values)
    {
        using BulkClient reader = new(server.Port);
        SendMany(reader, "MGET", count);
        string header = reader.ReadLine();
        Assert.That(header, values > 0 ? Is.EqualTo($"*{count}") : Does.StartWith("-ERR the values of"));
        for (int i = 0; i < values; i++) Assert.That(reader.ReadBulk().Length, Is.EqualTo(ValueBytes));
        Assert.That(reader.Call("PING"), Is.EqualTo("+PONG"));
    }

    private static void RemoveMany(ServerProcess server)
    {
        using BulkClient remover = new(server.Port);
        SendMany(remover, "DEL", 10_000);
        Assert.That(remover.ReadLine(), Is.EqualTo(":10000"));
        SendMany(remover, "DEL", 10_001);
        Assert.That(remover.ReadLine(), Is.EqualTo(":1"));
    }

    private static void SendMany(BulkClient client, string command, int count)
    {
        string[] words = [command, .. Enumerable.Range(0, count).Select(Key)];
        client.Send(BulkClient.Encode(words).Span);
    }

    private static async Task EndInTheMidst(ServerProcess server)
    {
        using BulkClient reader = new(server.Port);
        Task sending = Task.Run(() => SendAll(reader));
        for (int i = 0; i < 1000; i++) reader.TryReadBulk();
        Stopwatch watch = Stopwatch.StartNew();
        Assert.That(await server.TerminateAsync(), Is.Zero);
        Assert.That(watch.Elapsed.TotalSeconds, Is.LessThan(EndSecondsMax));
        try
        {
            await sending;
        }
        catch (SocketException)
        {
            // The server has closed the connection before it took everything.
        }
    }

    private static void SendAll(BulkClient client)
    {
        // In the order of a walk through all keys, far from each other.
        for (int i = 0; i < Keys; i++)
            client.Send(BulkClient.Encode("GET", Key((int)((long)i * 7919 % Keys))).Span);
    }

    private static string Key(int number) => number.ToString("D10", CultureInfo.InvariantCulture);
}
