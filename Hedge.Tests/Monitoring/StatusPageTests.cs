using System.Globalization;
using System.Text.RegularExpressions;
using Hedge.Tests.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>The page in a real browser.</summary>
[TestFixture]
[Category("clients")]
internal sealed class StatusPageTests
{
    private const string Marked = "<img/src=x/onerror=document.title='owned'>";

    [TestCase(400)]
    [TestCase(1600)]
    public async Task Shows_INFO_s_numbers_and_what_clients_say_as_text(int width)
    {
        using MonitoredProcess process = await MonitoredProcess.StartAsync();
        await using TestConnection client = await process.ConnectAsync();
        await client.CallAsync("CLIENT", "SETNAME", Marked);
        await client.CallAsync("CONFIG", "SET", "slowlog-log-slower-than", "0");
        await client.CallAsync("SET", "<script>document.title='owned'</script>", "1");
        await client.CallAsync("EVAL", "return redis.error_reply('<b>CODE text')", "0");
        await client.CallAsync("CONFIG", "SET", "slowlog-log-slower-than", "-1");
        for (int i = 0; i < 41; i++)
            await client.CallAsync("SET", string.Create(CultureInfo.InvariantCulture, $"key{i}"), "value");
        // The browser's time runs ahead: what the cores copy for the page has to be there before.
        await process.GetAsync("/stats.json");
        await Task.Delay(TimeSpan.FromSeconds(1));
        string page = await BrowseAsync(process.Port, width);
        Assert.That(page, Does.Contain("<title>Hedge</title>"), "no script of others has run");
        Assert.That(page, Does.Contain("&lt;img/src=x/onerror=document.title='owned'&gt;"));
        Assert.That(page, Does.Contain("SET &lt;script&gt;document.title='owned'&lt;/script&gt; 1"));
        Assert.That(page, Does.Contain("&lt;b&gt;CODE"));
        Assert.That(page, Does.Not.Contain("<img").And.Not.Contain("<b>CODE"));
        Assert.That(Text(page, "state"), Is.EqualTo("ready"));
        Assert.That(Tile(page, "Keys"), Is.EqualTo("42"));
        Dictionary<string, string> info = await MonitoredProcess.InfoAsync(client);
        Assert.That(Tile(page, "Clients"), Is.EqualTo(info["connected_clients"]));
        Assert.That(Tile(page, "Errors"), Is.EqualTo(info["total_error_replies"]));
        Assert.That(page, Does.Match("<td class=\"text\"[^>]*>set</td><td class=\"number\">42</td>"));
    }

    // The page as it is after some seconds; whatever the browser complains of fails the test.
    private static async Task<string> BrowseAsync(int port, int width)
    {
        string directory = Directory.CreateTempSubdirectory("hedge-browser-").FullName;
        try
        {
            ProgramResult result = await ExternalProgram.RunAsync("chromium",
            [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--enable-logging=stderr", $"--user-data-dir={directory}",
                string.Create(CultureInfo.InvariantCulture, $"--window-size={width},1200"),
                "--virtual-time-budget=6000", "--dump-dom",
                string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"),
            ]);
            IEnumerable<string> complaints = result.Output.Split('\n')
                .Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal));
            Assert.That(complaints, Is.Empty);
            Assert.That(result.Output, Does.Contain("<html"), "the browser shows something");
            return result.Output[result.Output.IndexOf("<html", StringComparison.Ordinal)..];
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    private static string Tile(string page, string name) =>
        Regex.Match(page, $"data-of=\"{name}\">([^<]*)<").Groups[1].Value;

    private static string Text(string page, string id) =>
        Regex.Match(page, $"id=\"{id}\">([^<]*)<").Groups[1].Value;
}
