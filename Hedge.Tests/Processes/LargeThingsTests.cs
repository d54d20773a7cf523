using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Long values through every command that makes or shows them, long pipelines, very many
/// connections.</summary>
[TestFixture("auto")]
[TestFixture("portable")]
[Category("process")]
internal sealed class LargeThingsTests(string io)
{
    private const int Megabyte = 1 << 20;
    private const int PipelinedBytes = 10 * 1024;
    private const int PipelinedKeys = 1000;

    [TestCase("always")]
    [TestCase("everysec")]
    public Task A_value_of_64_MiB_survives_all_string_commands_and_a_restart(string policy) =>
        UseLongValue(64 * Megabyte, policy);

    [TestCase("always")]
    [TestCase("everysec")]
    [Category("soak")]
    public Task A_value_of_512_MiB_survives_all_string_commands_and_a_restart(string policy) =>
        UseLongValue(512 * Megabyte, policy);

    [TestCase(1)]
    [TestCase(2)]
    public async Task Values_on_disk_that_exceed_the_memory_together_are_given_in_one_reply(int cores)
    {
        const int count = 8;
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings =
            [
                ("io", io), ("cores", $"{cores}"), ("maxmemory", "64mb"), ("enable-debug-command", "yes"),
            ],
        });
        using var client = new BulkClient(server.Port);
        byte[] value = Pattern(16 * Megabyte);
        string[] keys = [.. Enumerable.Range(0, count).Select(i => $"k{i}")];
        foreach (string key in keys) Assert.That(client.Call(value, "SET", key), Is.EqualTo("+OK"));
        Assert.That(client.Call("DEBUG", "RELOAD"), Is.EqualTo("+OK"));
        client.Send(default, ["MGET", .. keys]);
        Assert.That(client.ReadLine(), Is.EqualTo($"*{count}"));
        for (int i = 0; i < count; i++) Assert.That(client.ReadBulk().Span.SequenceEqual(value), keys[i]);
    }

    [Test]
    public Task A_pipeline_of_64_MiB_is_answered_in_order_when_the_client_reads_at_last() =>
        Pipeline(64 * Megabyte, "128mb");

    [Test]
    [Category("soak")]
    public Task A_pipeline_of_1_GiB_is_answered_in_order_when_the_client_reads_at_last() =>
        Pipeline(1024 * Megabyte, "1gb");

    [Test]
    public Task Of_2000_connections_half_break_off_and_the_others_go_on() => Storm(2000);

    [Test]
    [Category("soak")]
    public Task Of_10000_connections_half_break_off_and_the_others_go_on() => Storm(10_000);

    private async Task UseLongValue(int length, string policy)
    {
        string directory = Directory.CreateTempSubdirectory("hedge-large-").FullName;
        var launch = new ServerLaunch
        {
            Directory = directory,
            Settings = [("io", io), ("appendfsync", policy), ("maxmemory", $"{4L * length}")],
        };
        byte[] value = Pattern(length);
        try
        {
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                using var client = new BulkClient(server.Port);
                Write(client, value);
                Check(client, value);
                Assert.That(await server.TerminateAsync(), Is.Zero);
            }

            using ServerProcess again = await ServerProcess.StartAsync(launch);
            using var reader = new BulkClient(again.Port);
            Check(reader, value);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // Four keys with the same value, each made in another way.
    private static void Write(BulkClient client, ReadOnlySpan<byte> value)
    {
        int half = value.Length / 2;
        Assert.That(client.Call(value, "SET", "set"), Is.EqualTo("+OK"));
        Assert.That(client.Call(value[..half], "SET", "appended"), Is.EqualTo("+OK"));
        Assert.That(client.Call(value[half..], "APPEND", "appended"), Is.EqualTo($":{value.Length}"));
        string whole = $":{value.Length}";
        Assert.That(client.Call(value[half..], "SETRANGE", "ranges", $"{half}"), Is.EqualTo(whole));
        Assert.That(client.Call(value[..half], "SETRANGE", "ranges", "0"), Is.EqualTo(whole));
        client.Send(default, "GETRANGE", "set", $"{half}", "-1");
        Assert.That(client.ReadBulk().Span.SequenceEqual(value[half..]), "GETRANGE");
        Assert.That(client.Call(value[..half], "SET", "half"), Is.EqualTo("+OK"));
        client.Send(default, "DUMP", "half");
        ReadOnlySpan<byte> dump = client.ReadBulk().Span;
        Assert.That(client.Call(dump, "RESTORE", "restored", "0"), Is.EqualTo("+OK"));
        if (value.Length < 512 * Megabyte) return;
        const string refusal = "-ERR string exceeds maximum";
        Assert.That(client.Call("APPEND", "set", "x"), Does.StartWith(refusal));
        Assert.That(client.Call("SETRANGE", "set", $"{value.Length}", "x"), Does.StartWith(refusal));
    }

    private static void Check(BulkClient client, ReadOnlySpan<byte> value)
    {
        foreach (string key in new[] { "set", "appended", "ranges" })
        {
            client.Send(default, "GET", key);
            Assert.That(client.ReadBulk().Span.SequenceEqual(value), key);
        }

        client.Send(default, "GET", "restored");
        Assert.That(client.ReadBulk().Span.SequenceEqual(value[..(value.Length / 2)]), "restored");
    }

    private static byte[] Pattern(int length)
    {
        var value = new byte[length];
        for (int i = 0; i < length; i += sizeof(int))
            BitConverter.TryWriteBytes(value.AsSpan(i), unchecked(i * (int)0x9E3779B1));
        return value;
    }

    // Half of the bytes are SETs, half are what GETs answer; nothing is read before all is written.
    private async Task Pipeline(long bytes, string memory)
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("io", io), ("cores", "2"), ("maxmemory", memory)],
        });
        using var client = new BulkClient(server.Port);
        int count = (int)(bytes / 2 / PipelinedBytes);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
            client.Send(BulkClient.Encode("SET", $"k{i % PipelinedKeys}", ValueOf(i)).Span);
        for (int i = 0; i < count; i++) client.Send(BulkClient.Encode("GET", $"k{i % PipelinedKeys}").Span);
        double written = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long resident = server.ResidentBytes;
        for (int i = 0; i < count; i++) Assert.That(client.ReadLine(), Is.EqualTo("+OK"));
        for (int i = 0; i < count; i++)
        {
            int key = i % PipelinedKeys;
            int last = key + ((count - 1 - key) / PipelinedKeys * PipelinedKeys);
            string got = System.Text.Encoding.ASCII.GetString(client.ReadBulk().Span);
            if (got != ValueOf(last)) Assert.Fail($"reply {i} is not that of k{key}: {got[..20]}");
        }

        Figures.Write($"pipeline-{bytes / Megabyte}-{io}", new Dictionary<string, object>
        {
            ["writtenSeconds"] = written,
            ["allSeconds"] = Stopwatch.GetElapsedTime(start).TotalSeconds,
            ["residentMebibytes"] = resident / Megabyte,
        });
        long budget = long.Parse(memory[..^2], CultureInfo.InvariantCulture) * Megabyte
            * (memory.EndsWith("gb", StringComparison.Ordinal) ? 1024 : 1);
        long most = (budget * 3 / 2) + (250 * Megabyte);
        Assert.That(resident, Is.LessThan(most), "resident bytes of the server");
    }

    private static string ValueOf(int number) =>
        number.ToString("D12", CultureInfo.InvariantCulture).PadRight(PipelinedBytes, 'v');

    private async Task Storm(int count)
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("io", io), ("maxclients", $"{count + 100}")],
        });
        var clients = new List<BulkClient>();
        try
        {
            long before = server.ResidentBytes;
            try
            {
                for (int i = 0; i < count; i++) clients.Add(new BulkClient(server.Port));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.TooManyOpenSockets)
            {
                Assert.Ignore($"ulimit -n allows {clients.Count} connections");
            }

            foreach (BulkClient client in clients) Assert.That(client.Call("PING"), Is.EqualTo("+PONG"));
            long each = (server.ResidentBytes - before) / count;
            Figures.Write($"connections-{count}-{io}",
                new Dictionary<string, object> { ["residentBytesEach"] = each });
            for (int i = 0; i < count; i += 2) clients[i].Abort();
            for (int i = 1; i < count; i += 2)
                Assert.That(clients[i].Call("ECHO", $"{i}"), Is.EqualTo($"${$"{i}".Length}"));
            for (int i = 1; i < count; i += 2) Assert.That(clients[i].ReadLine(), Is.EqualTo($"{i}"));
            Assert.That(() => Connected(clients[1]), Is.EqualTo(count / 2).After(10_000, 20));
        }
        finally
        {
            foreach (BulkClient client in clients) client.Dispose();
        }
    }

    private static int Connected(BulkClient client)
    {
        client.Send(default, "INFO", "clients");
        string text = System.Text.Encoding.ASCII.GetString(client.ReadBulk().Span);
        string line = text.Split("\r\n")
            .First(l => l.StartsWith("connected_clients:", StringComparison.Ordinal));
        return int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
