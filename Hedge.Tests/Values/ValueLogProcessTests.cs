using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Values;

/// <summary>The real server, killed (SIGKILL) with large values in its logs and value files.</summary>
[TestFixture]
[Category("process")]
public sealed class ValueLogProcessTests
{
    private const int Keys = 1000;
    private const int ValueBytes = 8192;

    [TestCase("auto")]
    [TestCase("portable")]
    public async Task Values_of_8_KiB_survive_kills_and_are_referred_to(string io)
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("it is about Hedge's files");
        string directory = Directory.CreateTempSubdirectory("hedge-values-").FullName;
        ServerLaunch launch = new()
        {
            Directory = directory,
            Settings =
            [
                ("io", io), ("cores", "2"), ("appendfsync", "always"), ("memtable-bytes", "128kb"),
                ("log-segment-bytes", "1mb"), ("maxmemory", "64mb"),
            ],
        };
        int[] versions = new int[Keys];
        try
        {
            for (int round = 0; round < 4; round++)
            {
                using ServerProcess server = await ServerProcess.StartAsync(launch);
                await using TestConnection connection = await server.ConnectAsync();
                for (int key = 0; key < Keys; key++)
                    Assert.That(await Get(connection, key), Is.EqualTo(Value(key, versions[key])));
                for (int key = 0; key < Keys; key++)
                {
                    if (round > 0 && key % 3 == round % 3) continue;
                    versions[key]++;
                    RespValue reply = await connection.CallAsync(
                        "SET", Name(key), Value(key, versions[key])!);
                    Assert.That(reply.Text, Is.EqualTo("OK"));
                }

                await Until(connection, "value_log_files", 2);
                server.Kill();
            }

            using ServerProcess last = await ServerProcess.StartAsync(launch);
            await using TestConnection reader = await last.ConnectAsync();
            for (int key = 0; key < Keys; key++)
                Assert.That(await Get(reader, key), Is.EqualTo(Value(key, versions[key])));
            Assert.That(await Figure(reader, "run_bytes"), Is.LessThan(Keys * ValueBytes / 4));
            Assert.That(Directory.GetFiles(directory + "/log", "*.val"), Is.Not.Empty);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static string Name(int key) => string.Create(CultureInfo.InvariantCulture, $"key{key}");

    private static string? Value(int key, int version) => version == 0 ? null
        : string.Create(CultureInfo.InvariantCulture, $"{key}.{version}.").PadRight(
            ValueBytes, (char)('a' + version));

    private static async Task<string?> Get(TestConnection connection, int key)
    {
        RespValue reply = await connection.CallAsync("GET", Name(key));
        return reply.IsNull ? null : reply.Text;
    }

    // What the server does in the background is waited for by asking it.
    private static async Task Until(TestConnection connection, string name, long least)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(30);
        while (await Figure(connection, name) < least)
            Assert.That(DateTime.UtcNow, Is.LessThan(end), $"{name} does not come to {least}");
    }

    private static async Task<long> Figure(TestConnection connection, string name)
    {
        RespValue info = await connection.CallAsync("INFO", "storage");
        string line = info.Text.Split("\r\n").Single(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return long.Parse(line[(name.Length + 1)..], CultureInfo.InvariantCulture);
    }
}
