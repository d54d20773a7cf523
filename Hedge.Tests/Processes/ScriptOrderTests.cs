using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A client's script runs after the client's earlier commands and before its later ones, on each of
/// its keys, also when some of them wait for the disk.</summary>
[TestFixture("1")]
[TestFixture("2")]
[Category("process")]
internal sealed class ScriptOrderTests(string cores)
{
    private const int Keys = 3000;
    private const string Script = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('INCR', KEYS[2])";

    private static readonly string Old = new('o', 4000);

    [Test]
    public async Task A_script_of_several_keys_keeps_its_place_on_each_of_them()
    {
        string directory = Directory.CreateTempSubdirectory("hedge-order-").FullName;
        try
        {
            ServerLaunch launch = new()
            {
                Settings = [("cores", cores), ("maxmemory", "4mb")],
                Directory = directory,
            };
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                for (int i = 0; i < Keys; i++) client.Send("SET", Key(i), Old);
                for (int i = 0; i < Keys; i++) await client.ReadAsync();
                await server.TerminateAsync();
            }

            // Memory does not hold them all.
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                for (int i = 0; i < 8; i++) await client.CallAsync("INCR", Counter(i));
                for (int i = 0; i < Keys; i++)
                {
                    client.Send("GET", Key(i));
                    client.Send("EVAL", Script, "2", Key(i), Counter(i), "new");
                    client.Send("GETSET", Key(i), "last");
                    client.Send("INCR", Counter(i));
                }

                for (int i = 0; i < Keys; i++)
                {
                    string[] replies =
                    [
                        (await client.ReadAsync()).Text, $"{(await client.ReadAsync()).Integer}",
                        (await client.ReadAsync()).Text, $"{(await client.ReadAsync()).Integer}",
                    ];
                    int before = 1 + (i / 8 * 2);
                    string[] expected = [Old, $"{before + 1}", "new", $"{before + 2}"];
                    Assert.That(replies, Is.EqualTo(expected), Key(i));
                }
            }
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static string Key(int i) => $"{{t{i % 8}}}key:{i}";

    private static string Counter(int i) => $"{{t{i % 8}}}counter";
}
