using System.Diagnostics;
using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Replies that are longer than the memory there is.</summary>
[TestFixture("auto")]
[TestFixture("portable")]
[Category("process")]
internal sealed class LongReplyTests(string io)
{
    private const int Elements = 2_000_000;
    private const int Batch = 1000;
    private const int SlowReaders = 20;
    private const long Mebibyte = 1 << 20;

    [Test]
    public async Task Slow_readers_of_a_list_hold_nobody_up_and_take_no_memory([Values(1, 2)] int cores)
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Settings = [("io", io), ("cores", $"{cores}"), ("maxmemory", "64mb")],
        });
        using var client = new BulkClient(server.Port);
        for (int first = 0; first < Elements; first += Batch)
        {
            string[] values = [.. Enumerable.Range(first, Batch).Select(Value)];
            Assert.That(client.Call(["RPUSH", "list", .. values]), Is.EqualTo($":{first + Batch}"));
        }

        Assert.That(client.Call("SET", "other", "1"), Is.EqualTo("+OK"));
        long before = server.ResidentBytes;
        List<BulkClient> slow =
            [.. Enumerable.Range(0, SlowReaders).Select(_ => new BulkClient(server.Port))];
        foreach (BulkClient reader in slow) reader.Send("-1"u8, "LRANGE", "list", "0");
        long longest = 0, most = 0;
        // The list changes and goes while they have read a part at most.
        for (int i = 0; i < 300; i++)
        {
            long began = Stopwatch.GetTimestamp();
            Assert.That(client.Call("GET", "other"), Is.EqualTo("$1"));
            client.ReadLine();
            longest = Math.Max(longest, Stopwatch.GetTimestamp() - began);
            if (i == 100) Assert.That(client.Call("LPOP", "list"), Is.EqualTo("$16"));
            if (i == 100) client.ReadLine();
            if (i == 200) Assert.That(client.Call("DEL", "list"), Is.EqualTo(":1"));
            most = Math.Max(most, server.ResidentBytes);
            await Task.Delay(5);
        }

        TestContext.Out.WriteLine($"resident {before / Mebibyte} MiB, then {most / Mebibyte}; "
            + $"longest GET {Stopwatch.GetElapsedTime(0, longest).TotalMilliseconds} ms");
        Assert.That(most - before, Is.LessThan(64 * Mebibyte));
        foreach (BulkClient reader in slow.Take(2))
        {
            Assert.That(reader.ReadLine(), Is.EqualTo($"*{Elements}"));
            for (int i = 0; i < Elements; i++)
            {
                bool isSame = reader.ReadBulk().Span.SequenceEqual(Encoding.ASCII.GetBytes(Value(i)));
                if (!isSame) Assert.Fail($"element {i} is another one");
            }

            Assert.That(reader.Call("PING"), Is.EqualTo("+PONG"));
        }

        foreach (BulkClient reader in slow) reader.Dispose();
        Assert.That(client.Call("PING"), Is.EqualTo("+PONG"));
        Assert.That(await server.TerminateAsync(), Is.Zero);
    }

    private static string Value(int i) => i.ToString("D16", CultureInfo.InvariantCulture);
}
