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

    [TestCase("HSET", "HGET")]
    [TestCase("ZADD", "ZSCORE")]
    public async Task Commands_that_wait_for_others_of_their_key_read_meanwhile(string write, string read)
    {
        const int elements = 4000;
        const int commands = 300;
        await using TestConnection client = await TestConnection.ConnectAsync(Server.Port);
        await client.CallAsync("FLUSHALL");
        for (int i = 0; i < elements; i++) client.Send(Write(i, i));
        for (int i = 0; i < elements; i++) Assert.That((await client.ReadAsync()).Integer, Is.EqualTo(1));
        Assert.That((await client.CallAsync("DEBUG", "RELOAD")).ToString(), Is.EqualTo("OK"));
        long restarts = await StatAsync(client, "commands_restarted");
        long reads = await StatAsync(client, "disk_reads");

        for (int i = 0; i < commands; i++) client.Send(Write(i * 7919 % elements, i + 10_000));
        for (int i = 0; i < commands; i++) Assert.That((await client.ReadAsync()).Integer, Is.Zero);

        // A core says from time to time what it has done.
        DateTime end = DateTime.UtcNow.AddSeconds(30);
        while (await StatAsync(client, "disk_reads") <= reads + 50)
            Assert.That(DateTime.UtcNow, Is.LessThan(end), "the elements were on disk only");
        reads = await StatAsync(client, "disk_reads") - reads;
        restarts = await StatAsync(client, "commands_restarted") - restarts;
        TestContext.Out.WriteLine($"{reads} reads, {restarts} commands run again");
        Assert.That(restarts, Is.LessThan(reads / 2), "one command waited for what several needed");
        for (int i = 0; i < commands; i++)
            Assert.That((await client.CallAsync(read, "cold", Element(i * 7919 % elements))).Text,
                Is.EqualTo($"{i + 10_000}"));

        string[] Write(int element, int value) => write == "HSET"
            ? ["HSET", "cold", Element(element), $"{value}"] : ["ZADD", "cold", $"{value}", Element(element)];
    }

    private static string Element(int number) => $"element-{number}-{new string('x', 60)}";

    private static Task<long> PausesAsync(TestConnection client) => StatAsync(client, "transaction_pauses");

    private static async Task<long> StatAsync(TestConnection client, string name)
    {
        string info = (await client.CallAsync("INFO", "all")).Text!;
        string line = info.Split("\r\n").First(l => l.StartsWith($"{name}:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
    }
}
