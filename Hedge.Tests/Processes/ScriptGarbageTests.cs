using System.Globalization;
using System.Text;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Managed memory that a server allocates for each script. Collections stop all cores.</summary>
[TestFixture]
[Category("process")]
internal sealed class ScriptGarbageTests
{
    private const int Calls = 100_000;
    private const int Batch = 1000;

    /// <summary>A script without keys and arguments allocates nothing; the server itself does, for its
    /// figures. Keys and arguments are strings in a table.</summary>
    [TestCase("return 1", 0, 8)]
    [TestCase("return redis.call('get', 'key')", 0, 8)]
    [TestCase("return redis.call('get', KEYS[1])", 1, 300)]
    [TestCase("return redis.call('incr', KEYS[1])", 1, 300)]
    [TestCase("redis.call('hset', KEYS[1], 'f', 'v') return redis.call('zadd', KEYS[2], 1, 'm')", 2, 450)]
    public async Task A_script_allocates_little(string text, int keys, int bytesMax)
    {
        using ServerProcess server = await ServerProcess.StartAsync(
            new ServerLaunch { Kind = ServerKind.Hedge, Settings = [("cores", "1")] });
        await using TestConnection client = await server.ConnectAsync();
        string sha = (await client.CallAsync("SCRIPT", "LOAD", text)).Text;
        string[] request =
            ["EVALSHA", sha, $"{keys}", .. Enumerable.Range(0, keys).Select(i => $"{{x}}:{i}")];
        byte[] batch = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(Encode(request), Batch)));
        await Run(client, batch);
        long before = await Allocated(client);
        await Run(client, batch);
        double each = (await Allocated(client) - before) / (double)Calls;
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each:F1} bytes a call"));
        Assert.That(each, Is.LessThan(bytesMax));
    }

    private static string Encode(string[] request) =>
        $"*{request.Length}\r\n{string.Concat(request.Select(word => $"${word.Length}\r\n{word}\r\n"))}";

    private static async Task Run(TestConnection client, byte[] batch)
    {
        for (int at = 0; at < Calls; at += Batch)
        {
            client.SendRaw(batch);
            for (int i = 0; i < Batch; i++)
            {
                string problem = await client.ReadAsync() is { IsError: true } error ? error.Text : "";
                Assert.That(problem, Is.Empty);
            }
        }
    }

    private static async Task<long> Allocated(TestConnection client)
    {
        string info = (await client.CallAsync("INFO", "stats")).Text;
        const string name = "hedge_managed_allocated_bytes:";
        int at = info.IndexOf(name, StringComparison.Ordinal) + name.Length;
        return long.Parse(info[at..info.IndexOf('\r', at)], CultureInfo.InvariantCulture);
    }
}
