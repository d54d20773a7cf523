using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Zeros of long values take no memory, and are zeros.</summary>
[TestFixture]
[Category("process")]
internal sealed class LongZerosTests
{
    private const int Megabyte = 1 << 20;

    [TestCase(1)]
    [TestCase(2)]
    public async Task Long_bitmaps_take_little_memory_while_they_are_worked_on(int cores)
    {
        const int length = 128 * Megabyte;
        using ServerProcess server = await StartAsync(cores);
        using var client = new BulkClient(server.Port);
        Assert.That(client.Call("SETBIT", "big", $"{(8L * length) - 1}", "1"), Is.EqualTo(":0"));
        Assert.That(client.Call("COPY", "big", "copy"), Is.EqualTo(":1"));
        Assert.That(client.Call("RENAME", "copy", "renamed"), Is.EqualTo("+OK"));
        Assert.That(client.Call("BITOP", "NOT", "not", "big"), Is.EqualTo($":{length}"));
        Assert.That(client.Call("BITCOUNT", "renamed"), Is.EqualTo(":1"));
        Assert.That(client.Call("BITCOUNT", "not"), Is.EqualTo($":{(8L * length) - 1}"));
        // The values' lengths together are 512 MiB; before, they and their copies took a gigabyte.
        Assert.That(PeakBytes(server), Is.LessThan(700L * Megabyte));
    }

    [Test]
    public async Task What_a_value_grows_by_is_zeros_whatever_was_there()
    {
        using ServerProcess server = await StartAsync(1);
        using var client = new BulkClient(server.Port);
        var random = new Random(20261128);
        byte[] expected = [];
        for (int i = 0; i < 60; i++)
        {
            int length = random.Next(1, 3 * Megabyte);
            byte[] piece = new byte[random.Next(1, 2000)];
            Array.Fill(piece, (byte)'z');
            if (random.Next(3) == 0)
            {
                expected = new byte[length];
                Array.Fill(expected, (byte)'x');
                Assert.That(client.Call(expected, "SET", "k"), Is.EqualTo("+OK"));
            }
            else if (random.Next(3) == 0)
            {
                Assert.That(client.Call("DEL", "k"), Is.EqualTo(expected.Length == 0 ? ":0" : ":1"));
                expected = [];
            }

            byte[] grown = new byte[Math.Max(expected.Length, length + piece.Length)];
            expected.CopyTo(grown, 0);
            piece.CopyTo(grown, length);
            expected = grown;
            Assert.That(client.Call(piece, "SETRANGE", "k", $"{length}"), Is.EqualTo($":{grown.Length}"));
            client.Send(default, "GET", "k");
            Assert.That(client.ReadBulk().Span.SequenceEqual(expected), $"after step {i}");
        }
    }

    [TestCase("AND")]
    [TestCase("OR")]
    [TestCase("XOR")]
    public async Task Long_bitmaps_are_combined_piece_by_piece(string operation)
    {
        using ServerProcess server = await StartAsync(1);
        using var client = new BulkClient(server.Port);
        byte[][] sources =
            [new byte[(3 * Megabyte) + 5], new byte[(2 * Megabyte) + 1], new byte[4 * Megabyte]];
        var random = new Random(7);
        byte[] expected = new byte[4 * Megabyte];
        for (int i = 0; i < sources.Length; i++)
        {
            // Neither all zeros nor none.
            random.NextBytes(sources[i].AsSpan(Megabyte / 2, (3 * Megabyte) / 2));
            Assert.That(client.Call(sources[i], "SET", $"s{i}"), Is.EqualTo("+OK"));
            for (int at = 0; at < expected.Length; at++)
            {
                byte other = at < sources[i].Length ? sources[i][at] : (byte)0;
                expected[at] = i == 0 ? other
                    : operation == "AND" ? (byte)(expected[at] & other)
                    : operation == "OR" ? (byte)(expected[at] | other) : (byte)(expected[at] ^ other);
            }
        }

        foreach (string target in new[] { "new", "s1" })
        {
            Assert.That(client.Call("BITOP", operation, target, "s0", "s1", "s2"),
                Is.EqualTo($":{expected.Length}"));
            client.Send(default, "GET", target);
            Assert.That(client.ReadBulk().Span.SequenceEqual(expected), target);
        }
    }

    private static Task<ServerProcess> StartAsync(int cores) => ServerProcess.StartAsync(new ServerLaunch
    {
        Settings = [("cores", $"{cores}"), ("maxmemory", "100mb")],
    });

    private static long PeakBytes(ServerProcess server)
    {
        string line = File.ReadLines($"/proc/{server.Id}/status").First(
            l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', '\t').Where(w => w.Length > 0).ElementAt(1),
            CultureInfo.InvariantCulture);
    }
}
