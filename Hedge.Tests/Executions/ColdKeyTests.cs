using System.Globalization;
using Hedge.Tests.Resp;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Executions;

/// <summary>Keys on disk, also those of commands for which Redis declares no keys.</summary>
internal sealed class ColdKeyTests(int cores, string io) : ServerFixture(cores, io)
{
    [TestCase("GET")]
    [TestCase("OBJECT", "ENCODING")]
    [TestCase("DEBUG", "OBJECT")]
    public async Task Keys_on_disk_are_read_for_a_transaction(params string[] command)
    {
        await using TestConnection client = await TestConnection.ConnectAsync(Server.Port);
        await client.CallAsync("SET", "cold", "value");
        Assert.That((await client.CallAsync("DEBUG", "RELOAD")).ToString(), Is.EqualTo("OK"));
        long pauses = await PausesAsync(client);
        await client.CallAsync("MULTI");
        await client.CallAsync([.. command, "cold"]);
        string reply = (await client.CallAsync("EXEC")).ToString();
        Assert.That(reply, Does.Not.Contain("TRYAGAIN").And.Not.Contain("(error)"));
        Assert.That(await PausesAsync(client), Is.EqualTo(pauses + 1), "the key was on disk only");
    }

    private static async Task<long> PausesAsync(TestConnection client)
    {
        const string name = "transaction_pauses:";
        string info = (await client.CallAsync("INFO", "stats")).Text!;
        string line = info.Split("\r\n").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length), CultureInfo.InvariantCulture);
    }
}
