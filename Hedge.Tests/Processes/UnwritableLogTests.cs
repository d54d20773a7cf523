using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>The log cannot grow any more, as on a full disk (here the limit of file sizes is met): what was
/// acknowledged is there after a kill, and no signal ends the server as if all were well.</summary>
[TestFixture]
[Category("process")]
public sealed class UnwritableLogTests
{
    private const int SetsMax = 5_000;
    private static readonly string Value = new('v', 10_000);

    [TestCase("everysec")]
    [TestCase("no")]
    public async Task Signals_are_refused_and_a_kill_loses_nothing_acknowledged(string sync)
    {
        string directory = Directory.CreateTempSubdirectory("hedge-full-").FullName;
        ServerLaunch launch = new()
        {
            Directory = directory,
            // In units of 512 bytes. The runtime keeps its code in a large file unless it is told not to.
            Launcher = ["sh", "-c", "trap '' XFSZ; export DOTNET_EnableWriteXorExecute=0; "
                + "ulimit -f 32768; exec \"$@\"", "sh"],
            Settings =
            [
                ("appendfsync", sync), ("cores", "1"), ("log-segment-bytes", "64mb"),
                ("memtable-bytes", "64mb"), ("maxmemory", "1gb"),
            ],
        };
        try
        {
            long acknowledged;
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection connection = await server.ConnectAsync();
                acknowledged = await FillAsync(connection);
                for (int i = 0; i < 2; i++)
                {
                    await server.SignalAsync("TERM");
                    Assert.That((await connection.CallAsync("PING")).Text, Is.EqualTo("PONG"));
                }

                while (!server.Output.Contains("can't exit", StringComparison.Ordinal) && server.IsRunning)
                    await connection.CallAsync("PING");
                Assert.That(server.IsRunning, server.Output);
                if (sync == "no")
                {
                    server.Kill();
                }
                else
                {
                    await connection.CallAsync("CONFIG", "SET", "shutdown-on-sigterm", "nosave");
                    Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
                }
            }

            await CheckAsync(launch with { Launcher = [] }, acknowledged);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static async Task<long> FillAsync(TestConnection connection)
    {
        for (int i = 0; i < SetsMax; i++)
        {
            RespValue reply =
                await connection.CallAsync("SET", $"k{i.ToString(CultureInfo.InvariantCulture)}", Value);
            if (reply.Kind == RespKind.Error) return i;
        }

        Assert.Fail("the log can be written");
        return 0;
    }

    private static async Task CheckAsync(ServerLaunch launch, long acknowledged)
    {
        using ServerProcess again = await ServerProcess.StartAsync(launch);
        await using TestConnection connection = await again.ConnectAsync();
        long keys = (await connection.CallAsync("DBSIZE")).Integer;
        Assert.That(keys, Is.GreaterThanOrEqualTo(acknowledged), again.Output);
        for (long i = 0; i < acknowledged; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"k{i}");
            Assert.That((await connection.CallAsync("STRLEN", key)).Integer, Is.EqualTo(Value.Length), key);
        }
    }
}
