using System.Text;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Clients;

/// <summary>redis-cli in the ways people use it.</summary>
[TestFixture]
public sealed class RedisCliTests : ClientFixture
{
    [SetUp]
    public async Task Empty() => await Cli("FLUSHALL");

    [Test]
    public async Task It_runs_a_command_of_its_command_line()
    {
        Assert.That((await Cli("SET", "key", "some value")).Trim(), Is.EqualTo("OK"));
        Assert.That((await Cli("GET", "key")).Trim(), Is.EqualTo("some value"));
        Assert.That((await Cli("--no-raw", "GET", "key")).Trim(), Is.EqualTo("\"some value\""));
        Assert.That((await Cli("-n", "1", "--no-raw", "GET", "key")).Trim(), Is.EqualTo("(nil)"));
        Assert.That((await Cli("--no-raw", "INCR", "key")).Trim(),
            Is.EqualTo("(error) ERR value is not an integer or out of range"));
    }

    [Test]
    public async Task It_speaks_version_3_of_the_protocol()
    {
        Assert.That(await Cli("-3", "--no-raw", "HELLO"), Does.Contain("\"proto\" => (integer) 3"));
        Assert.That((await Cli("-3", "--no-raw", "GET", "none")).Trim(), Is.EqualTo("(nil)"));
        Assert.That(await Cli("-3", "--no-raw", "CONFIG", "GET", "maxmemory-policy"),
            Does.Contain("\"maxmemory-policy\" => \"noeviction\""));
    }

    [Test]
    public async Task It_runs_commands_from_its_input_in_order()
    {
        string output =
            await CliWith("SET a 1\nINCR a\nMULTI\nINCR a\nGET a\nEXEC\nSELECT 2\nGET a\n", "--no-raw");
        string[] expected =
            ["OK", "(integer) 2", "OK", "QUEUED", "QUEUED", "1) (integer) 3", "2) \"3\"", "OK", "(nil)"];
        Assert.That(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(expected));
    }

    [Test]
    public async Task It_works_in_a_terminal_with_help_from_the_servers_command_docs()
    {
        // A terminal without cursor movements: lines are read as they come.
        string line = $"TERM=dumb redis-cli -h 127.0.0.1 -p {Server.Port}";
        ProgramResult result = await ExternalProgram.RunAsync("script", ["-qec", line, "/dev/null"],
            "SET key value\nGET key\nHELP GETRANGE\nEXIT\n"u8.ToArray());
        Assert.That(result.ExitCode, Is.Zero, result.Output);
        Assert.That(
            result.Output, Does.Contain("\"value\"").And.Contain("GETRANGE").And.Contain("key start end"));
    }

    [Test]
    public async Task It_takes_a_value_from_its_input()
    {
        Assert.That((await CliWith("from input", "-x", "SET", "key")).Trim(), Is.EqualTo("OK"));
        Assert.That((await Cli("GET", "key")).Trim(), Is.EqualTo("from input"));
    }

    [Test]
    public async Task It_inserts_masses_of_keys_by_pipe()
    {
        const int count = 50_000;
        var requests = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            string key = $"mass:{i}";
            requests.Append($"*3\r\n$3\r\nSET\r\n${key.Length}\r\n{key}\r\n$5\r\nvalue\r\n");
        }

        string output = await CliWith(requests.ToString(), "--pipe");
        Assert.That(output, Does.Contain($"errors: 0, replies: {count}"));
        Assert.That((await Cli("DBSIZE")).Trim(), Is.EqualTo($"{count}"));
    }

    [Test]
    public async Task It_scans_with_and_without_a_pattern()
    {
        await using TestConnection connection = await Server.ConnectAsync();
        for (int i = 0; i < 3000; i++) connection.Send("SET", $"scan:{i}", "x");
        for (int i = 0; i < 3000; i++) await connection.ReadAsync();
        string[] all = (await Cli("--scan")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(all, Is.EquivalentTo(Enumerable.Range(0, 3000).Select(i => $"scan:{i}")));
        string[] some = (await Cli("--scan", "--pattern", "scan:99?"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(some, Is.EquivalentTo(Enumerable.Range(990, 10).Select(i => $"scan:{i}")));
    }

    [TestCase("--bigkeys", "Biggest string found")]
    [TestCase("--memkeys", "Biggest string found")]
    public async Task It_finds_big_keys(string option, string expected)
    {
        for (int i = 0; i < 20; i++) await Cli("SETRANGE", $"big:{i}", $"{i * 1000}", "x");
        string output = await Cli(option);
        Assert.That(output, Does.Contain(expected).And.Match("big:1[6-9]").And.Contain("Sampled 20 keys"));
    }

    [Test]
    public async Task It_repeats_commands_and_writes_csv()
    {
        Assert.That(await Cli("-r", "5", "INCR", "n"), Is.EqualTo("1\n2\n3\n4\n5\n"));
        Assert.That(await Cli("--csv", "MGET", "n", "none"), Is.EqualTo("\"5\",NULL\n"));
    }

    private Task<string> Cli(params string[] arguments) => CliWith("", arguments);

    private async Task<string> CliWith(string input, params string[] arguments)
    {
        string[] all = ["-h", "127.0.0.1", "-p", $"{Server.Port}", .. arguments];
        ProgramResult result =
            await ExternalProgram.RunAsync("redis-cli", all, Encoding.UTF8.GetBytes(input));
        Assert.That(result.ExitCode, Is.Zero, result.Output);
        return result.Output;
    }
}
