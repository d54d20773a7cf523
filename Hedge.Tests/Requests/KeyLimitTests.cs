using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Requests;

/// <summary>Keys longer than the engine stores are refused in every command, and change nothing.</summary>
internal sealed class KeyLimitTests(int cores, string io) : ServerFixture(cores, io)
{
    private const string Refusal = "ERR key is longer than 65535 bytes";

    [Test]
    public async Task The_longest_key_is_stored()
    {
        string key = new('k', 65_535);
        await using TestConnection client = await TestConnection.ConnectAsync(Server.Port);
        Assert.That((await client.CallAsync("SET", key, "v")).ToString(), Is.EqualTo("OK"));
        Assert.That((await client.CallAsync("GET", key)).ToString(), Is.EqualTo("\"v\""));
        Assert.That((await client.CallAsync("DEL", key)).ToString(), Is.EqualTo("(integer) 1"));
    }

    [TestCase(65_536)]
    [TestCase(131_073)]
    public async Task A_longer_key_is_refused_by_single_and_multi_key_commands_and_in_transactions(int length)
    {
        string key = new('k', length);
        await using TestConnection client = await TestConnection.ConnectAsync(Server.Port);
        string[][] requests =
        [
            ["SET", key, "v"],
            ["GET", key],
            ["MSET", "a", "1", key, "2"],
            ["DEL", "a", key],
            ["RENAME", "a", key],
            ["DEBUG", "OBJECT", key],
        ];
        foreach (string[] request in requests)
            Assert.That((await client.CallAsync(request)).ToString(), Does.Contain(Refusal), request[0]);
        Assert.That((await client.CallAsync("EXISTS", "a")).ToString(), Is.EqualTo("(integer) 0"));
        await client.CallAsync("MULTI");
        RespValue queued = await client.CallAsync("SET", key, "v");
        Assert.That(queued.ToString(), Does.Contain(Refusal));
        Assert.That((await client.CallAsync("EXEC")).ToString(), Does.Contain("EXECABORT"));
    }
}
