using System.Diagnostics;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>What a group knows of its consumers is the same after a kill: who has what, and since
/// when.</summary>
[TestFixture]
[Category("process")]
internal sealed class StreamRestartTests
{
    [Test]
    public async Task Idle_times_go_on_after_a_kill()
    {
        string directory = Directory.CreateTempSubdirectory("hedge-streams-").FullName;
        ServerLaunch launch = new() { Kind = ServerKind.Hedge, Directory = directory };
        try
        {
            var clock = new Stopwatch();
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                foreach (string id in (string[])["1", "2", "3"])
                    await client.CallAsync("XADD", "s", id, "a", id);
                await client.CallAsync("XGROUP", "CREATE", "s", "g", "0");
                await client.CallAsync("XGROUP", "CREATECONSUMER", "s", "g", "never");
                await client.CallAsync("XREADGROUP", "GROUP", "g", "c", "COUNT", "2", "STREAMS", "s", ">");
                await client.CallAsync("XCLAIM", "s", "g", "d", "0", "2", "TIME", "1000", "RETRYCOUNT", "7");
                clock.Start();
                server.Kill();
            }

            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                // The server's milliseconds are those of its turn's begin.
                long elapsed = clock.ElapsedMilliseconds - 20;
                RespValue consumers = await client.CallAsync("XINFO", "CONSUMERS", "s", "g");
                Assert.That(consumers.Children.Select(c => c[1].Text), Is.EqualTo(["c", "d", "never"]));
                foreach (RespValue consumer in consumers.Children)
                    Assert.That(consumer[5].Integer, Is.GreaterThanOrEqualTo(elapsed), "idle");
                Assert.That(consumers[0][7].Integer, Is.GreaterThanOrEqualTo(elapsed), "inactive");
                Assert.That(consumers[2][7].Integer, Is.EqualTo(-1), "inactive");
                RespValue pending = await client.CallAsync("XPENDING", "s", "g", "-", "+", "9");
                Assert.That(pending.Children.Select(p => $"{p[0].Text} {p[1].Text} {p[3].Integer}"),
                    Is.EqualTo(["1-0 c 1", "2-0 d 7"]));
                Assert.That(pending[0][2].Integer, Is.GreaterThanOrEqualTo(elapsed));
                long years = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
                Assert.That(pending[1][2].Integer, Is.EqualTo(years - 1000).Within(60_000));
                RespValue rest = await client.CallAsync("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">");
                Assert.That(rest[0][1].Children.Select(e => e[0].Text), Is.EqualTo(["3-0"]));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
