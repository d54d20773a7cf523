using System.Globalization;
using System.Text;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Scripts and memory: what one may take, what all that are remembered take, and data that does not
/// fit.</summary>
[TestFixture]
[Category("process")]
internal sealed class ScriptMemoryTests
{
    private const long Mebibyte = 1 << 20;

    // One string as three thousand values.
    private const string Many = "local h, t = ('x'):rep(500000), {} for i = 1, 3000 do t[i] = h end ";

    [TestCase("1")]
    [TestCase("2")]
    public async Task A_script_that_takes_too_much_ends_with_an_error_that_pcall_does_not_eat(string cores)
    {
        using ServerProcess server =
            await StartAsync(("cores", cores), ("script-memory-limit", "2mb"), ("maxmemory", "64mb"));
        await using TestConnection client = await server.ConnectAsync();
        foreach (string body in (string[])
            [
                "local t = {} for i = 1, 1e9 do t[i] = i end",
                "local s = 'x' while true do s = s .. s end",
                "return ('x'):rep(1e8)",
                "local t = {} for i = 1, 1e7 do t[i] = {} end",
                "local t = {} while true do t[#t + 1] = redis.call('get', KEYS[1]) .. #t end",
                Many + "redis.pcall('del', KEYS[1], unpack(t))",
                Many + "redis.acl_check_cmd('del', unpack(t))",
                Many + "redis.log(redis.LOG_WARNING, unpack(t))",
            ])
        {
            await client.CallAsync("SET", "key", new string('v', 1000));
            string script = $"redis.call('append', KEYS[1], 'x') local ok, e = pcall(function() {body} end) "
                + "return 'eaten'";
            RespValue reply = await client.CallAsync("EVAL", script, "1", "key");
            Assert.That(reply.IsError, reply.Text);
            Assert.That(reply.Text, Does.Contain("memory"), body);
            Assert.That((await client.CallAsync("EVAL", "return {1, redis.call('ping')}", "0"))
                .Children[0].Integer, Is.EqualTo(1));
            Assert.That(server.ResidentBytes, Is.LessThan(600 * Mebibyte));
        }
    }

    [Test]
    public async Task The_scripts_that_are_remembered_have_a_bound()
    {
        const int scripts = 200_000, batch = 2000;
        using ServerProcess server = await StartAsync(("cores", "2"), ("maxmemory", "64mb"));
        await using TestConnection client = await server.ConnectAsync();
        long most = 0, cached = 0;
        for (int at = 0; at < scripts; at += batch)
        {
            var requests = new StringBuilder();
            for (int i = at; i < at + batch; i++)
            {
                string text = string.Create(CultureInfo.InvariantCulture, $"return {i}");
                requests.Append(CultureInfo.InvariantCulture,
                    $"*3\r\n$4\r\nEVAL\r\n${text.Length}\r\n{text}\r\n$1\r\n0\r\n");
            }

            client.SendRaw(Encoding.ASCII.GetBytes(requests.ToString()));
            for (int i = at; i < at + batch; i++)
                Assert.That((await client.ReadAsync()).Integer, Is.EqualTo(i));
            string info = (await client.CallAsync("INFO", "memory")).Text;
            most = Math.Max(most, Figure(info, "used_memory_scripts_eval"));
            cached = Math.Max(cached, Figure(info, "number_of_cached_scripts"));
        }

        TestContext.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"at most {cached} scripts, {most} bytes"));
        Assert.That(most, Is.LessThanOrEqualTo(64 * Mebibyte / 32));
        Assert.That(cached, Is.InRange(100, scripts / 4));
        Assert.That((await client.CallAsync("EVAL", "return 7", "0")).Integer, Is.EqualTo(7));
    }

    [TestCase("1")]
    [TestCase("2")]
    public async Task Keys_that_are_on_disk_are_read_in_the_middle_of_a_script(string cores)
    {
        const int keys = 40_000, valueBytes = 1500, perScript = 1000;
        using ServerProcess server = await StartAsync(("cores", cores), ("maxmemory", "24mb"),
            ("block-cache-bytes", "1mb"), ("memtable-bytes", "256kb"));
        await using TestConnection client = await server.ConnectAsync();
        // The values are made there: each has its number in front, and one of its own length.
        const string load = "for i = ARGV[1], ARGV[2] do "
            + "redis.call('set', 'k:' .. i, i .. ':' .. ('v'):rep(ARGV[3] + i % 7)) end return 'done'";
        for (int at = 0; at < keys; at += perScript)
        {
            Assert.That((await client.CallAsync("EVAL", load, "0", $"{at}", $"{at + perScript - 1}",
                $"{valueBytes}")).Text, Is.EqualTo("done"));
        }

        const string check = "local bytes = 0 for i = ARGV[1], ARGV[2], 37 do "
            + "local v = redis.call('get', 'k:' .. i) "
            + "if v ~= i .. ':' .. ('v'):rep(ARGV[3] + i % 7) then return 'wrong: ' .. i end "
            + "bytes = bytes + redis.call('strlen', 'k:' .. (ARGV[2] - i)) end return bytes";
        RespValue reply = await client.CallAsync("EVAL", check, "0", "0", $"{keys - 1}", $"{valueBytes}");
        long expected = 0;
        for (int i = 0; i < keys; i += 37)
        {
            int other = keys - 1 - i;
            expected += other.ToString(CultureInfo.InvariantCulture).Length + 1 + valueBytes + (other % 7);
        }

        Assert.That(reply.IsError, Is.False, reply.IsError ? reply.Text : "");
        Assert.That(reply.Integer, Is.EqualTo(expected));
        string info = (await client.CallAsync("INFO", "all")).Text;
        Assert.That(Figure(info, "transaction_pauses"), Is.GreaterThan(100), "most were on disk");
    }

    private static Task<ServerProcess> StartAsync(params (string, string)[] settings) =>
        ServerProcess.StartAsync(new ServerLaunch { Kind = ServerKind.Hedge, Settings = settings });

    private static long Figure(string info, string name)
    {
        int at = info.IndexOf($"\n{name}:", StringComparison.Ordinal) + name.Length + 2;
        return long.Parse(info[at..info.IndexOf('\r', at)], CultureInfo.InvariantCulture);
    }
}
