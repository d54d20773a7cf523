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
        await client.CallAsync("MULTI");
        await client.CallAsync([.. command, "cold"]);
        string reply = (await client.CallAsync("EXEC")).ToString();
        Assert.That(reply, Does.Not.Contain("TRYAGAIN").And.Not.Contain("(error)"));
    }
}
