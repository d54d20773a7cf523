using System.Globalization;
using System.Text.Json;
using Hedge.Host.Hosting;
using Hedge.Host.Settings;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>The two forms of the server's log.</summary>
[TestFixture]
internal sealed class LogLineTests
{
    private static readonly DateTimeOffset Moment = new(2026, 11, 30, 4, 5, 6, 7, TimeSpan.Zero);

    [Test]
    [Category("fast")]
    public void Text_is_as_redis_server_s() =>
        Assert.That(LogLine.Text(LogLevel.Warning, "hello", Moment),
            Is.EqualTo($"{Environment.ProcessId}:M 30 Nov 2026 04:05:06.007 # hello"));

    [TestCase("hedge-core-3", "core", 3)]
    [TestCase("hedge-job-0", "job", 0)]
    [TestCase(".NET TP Worker", "host", null)]
    [TestCase(null, "host", null)]
    [Category("fast")]
    public void Json_is_an_object_on_one_line_with_its_source(string? thread, string source, int? core)
    {
        string line = LogLine.Json(LogLevel.Notice, "a \"b\"\n\tat c < é", Moment, thread);
        Assert.That(line, Does.Not.Contain("\n").And.Contain("< é"));
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        Assert.That(root.GetProperty("time").GetString(), Is.EqualTo("2026-11-30T04:05:06.007Z"));
        Assert.That(root.GetProperty("level").GetString(), Is.EqualTo("notice"));
        Assert.That(root.GetProperty("pid").GetInt32(), Is.EqualTo(Environment.ProcessId));
        Assert.That(root.GetProperty("source").GetString(), Is.EqualTo(source));
        Assert.That(root.GetProperty("message").GetString(), Is.EqualTo("a \"b\"\n\tat c < é"));
        bool hasCore = root.TryGetProperty("core", out JsonElement number);
        Assert.That(hasCore ? number.GetInt32() : (int?)null, Is.EqualTo(core));
    }

    [Test]
    [Category("process")]
    public async Task All_lines_of_a_server_s_life_are_objects_if_the_setting_says_so()
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Settings = [("log-format", "json"), ("enable-debug-command", "yes"), ("maxmemory", "1mb")],
        });
        await using (TestConnection client = await server.ConnectAsync())
        {
            await client.CallAsync("EVAL", "redis.log(redis.LOG_WARNING, 'from \"a\" script')", "0");
            await server.SaysAsync("script");
        }

        Assert.That(await server.TerminateAsync(), Is.Zero);
        string[] lines = server.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(lines, Has.Length.GreaterThan(5));
        foreach (string line in lines)
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string time = document.RootElement.GetProperty("time").GetString()!;
            Assert.That(DateTimeOffset.Parse(time, CultureInfo.InvariantCulture),
                Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(2)));
            Assert.That(document.RootElement.GetProperty("level").GetString(),
                Is.EqualTo("notice").Or.EqualTo("warning"));
        }

        const string expected = "\"source\":\"core\",\"core\":0,\"message\":\"from \\\"a\\\" script";
        Assert.That(lines, Has.One.Contains(expected));
    }

    [Test]
    [Category("process")]
    public async Task The_last_words_of_a_process_are_an_object_too()
    {
        using ServerProcess server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Settings = [("log-format", "json"), ("enable-debug-command", "yes")],
        });
        await using TestConnection client = await server.ConnectAsync();
        await client.CallAsync("DEBUG", "WRITE-FAULT", "2");
        try
        {
            await client.CallAsync("MSET", "a", "1", "b", "2");
        }
        catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException)
        {
            // The process has ended.
        }

        await server.WaitForExitAsync();
        string last = server.Output.Split('\n')
            .Last(line => line.StartsWith("{\"time\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(last);
        Assert.That(document.RootElement.GetProperty("level").GetString(), Is.EqualTo("warning"));
        Assert.That(document.RootElement.GetProperty("message").GetString(), Does.Contain("'mset'"));
    }
}
