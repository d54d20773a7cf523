using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Exports;

/// <summary>HEDGE.EXPORT of a real server that is written to, and HEDGE.LOAD into another.</summary>
[TestFixture]
[Category("process")]
public sealed class ExportProcessTests
{
    private const int Pairs = 500;

    [Test]
    public async Task An_export_under_writes_has_whole_transactions_and_loads_into_an_empty_server()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("Redis has no such command");
        string directory = Directory.CreateTempSubdirectory("hedge-export-").FullName;
        string file = directory + "/data.load";
        string name = "data.load";
        ServerLaunch launch = new()
        {
            Settings =
            [
                ("cores", "2"), ("memtable-bytes", "256kb"), ("maxmemory", "64mb"),
                ("transfer-dir", directory),
            ],
        };
        try
        {
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection writer = await server.ConnectAsync();
                await using TestConnection exporter = await server.ConnectAsync();
                int round = 1;
                for (int pair = 0; pair < Pairs; pair++) await Write(writer, pair, round);
                await exporter.CallAsync("APPEND", "raw", "1");
                await exporter.CallAsync("APPEND", "raw", "2");
                await exporter.CallAsync("SET", "mortal", "13", "EX", "1000");
                await exporter.CallAsync("SET", "{x}removed", "14");
                await exporter.CallAsync("HEDGE.DELPREFIX", "{x}");
                exporter.Send("HEDGE.EXPORT", name);
                Task<RespValue> reply = exporter.ReadAsync();
                // One writer: whoever sees a pair of this round sees all pairs before it.
                for (round = 2; !reply.IsCompleted || round < 4; round++)
                    for (int pair = 0; pair < Pairs; pair++) await Write(writer, pair, round);
                Assert.That((await reply).Text, Is.EqualTo("OK"));
                RespValue again = await exporter.CallAsync("HEDGE.EXPORT", file);
                Assert.That(again.Text, Does.StartWith("ERR").And.Contain("exists already"));
                RespValue nowhere = await exporter.CallAsync("HEDGE.EXPORT", "none/file");
                Assert.That(nowhere.Text, Does.StartWith("ERR"));
            }

            Assert.That(Directory.GetFiles(directory), Is.EqualTo(new[] { file }));
            using ServerProcess empty = await ServerProcess.StartAsync(launch);
            await using TestConnection reader = await empty.ConnectAsync();
            RespValue loaded = await reader.CallAsync("HEDGE.LOAD", file);
            Assert.That(loaded.Integer, Is.EqualTo((2 * Pairs) + 2), loaded.ToString());
            List<string> rounds = [];
            for (int pair = 0; pair < Pairs; pair++)
            {
                RespValue values = await reader.CallAsync("MGET", Key('a', pair), Key('b', pair));
                Assert.That(values[0].Text, Is.EqualTo(values[1].Text), $"pair {pair}");
                rounds.Add(values[0].Text.TrimEnd('.'));
            }

            // All pairs of the writer's last round at the moment come before those of the round before.
            int[] numbers = [.. rounds.Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            Assert.That(numbers, Is.Ordered.Descending);
            Assert.That(numbers[0] - numbers[^1], Is.InRange(0, 1));
            Assert.That((await reader.CallAsync("OBJECT", "ENCODING", "raw")).Text, Is.EqualTo("raw"));
            Assert.That((await reader.CallAsync("OBJECT", "ENCODING", "mortal")).Text, Is.EqualTo("int"));
            Assert.That((await reader.CallAsync("TTL", "mortal")).Integer, Is.InRange(900, 1000));
            Assert.That((await reader.CallAsync("EXISTS", "{x}removed")).Integer, Is.Zero);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static string Key(char side, int pair) =>
        string.Create(CultureInfo.InvariantCulture, $"{side}{pair:00000}");

    private static async Task Write(TestConnection writer, int pair, int round)
    {
        string value = round.ToString(CultureInfo.InvariantCulture).PadRight(2000, '.');
        writer.Send("MULTI");
        writer.Send("SET", Key('a', pair), value);
        writer.Send("SET", Key('b', pair), value);
        writer.Send("EXEC");
        for (int i = 0; i < 4; i++) await writer.ReadAsync();
    }
}
