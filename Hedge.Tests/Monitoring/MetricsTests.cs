using System.Globalization;
using System.Net;
using System.Text.Json;
using Hedge.Host.Monitoring;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>What /metrics and /stats.json say of a real server.</summary>
[TestFixture]
[Category("process")]
internal sealed class MetricsTests
{
    private static readonly TimeSpan TwoTicks = TimeSpan.FromMilliseconds(600);

    private MonitoredProcess _process = null!;
    private TestConnection _client = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _process = await MonitoredProcess.StartAsync(null, ("cores", "2"), ("appendfsync", "always"));
        _client = await _process.ConnectAsync();
        for (int i = 0; i < 100; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"key{i}");
            await _client.CallAsync("SET", key, "value");
            await _client.CallAsync("GET", key);
        }

        await _client.CallAsync("GET", "missing");
        await _client.CallAsync("EXPIRE", "key1", "1000");
        await _client.CallAsync("LPUSH", "key1", "x");
        await _client.CallAsync("EVAL", "return redis.error_reply('MY\\\"CODE\\\\ text')", "0");
        await _client.CallAsync("BGSAVE");
        await _client.CallAsync("SELECT", "3");
        await _client.CallAsync("SET", "a", "b");
        await Task.Delay(TwoTicks);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_client != null) await _client.DisposeAsync();
        _process?.Dispose();
    }

    [Test]
    public async Task All_declared_metrics_are_there_and_well_formed()
    {
        using HttpResponseMessage answer = await _process.SendAsync("/metrics");
        Assert.That(answer.Content.Headers.ContentType?.ToString(),
            Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        var page = new MetricsPage(await answer.Content.ReadAsStringAsync());
        Assert.That(page.Families, Is.EquivalentTo(AllMetrics.Families.Select(f => f.Name)));
    }

    [Test]
    public async Task Who_asks_for_OpenMetrics_gets_it()
    {
        const string accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        using HttpResponseMessage answer = await _process.SendAsync("/metrics", accept: accept);
        Assert.That(answer.Content.Headers.ContentType?.ToString(),
            Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.That(text, Does.EndWith("\n# EOF\n").And.Contain("# TYPE redis_commands counter\n"));
        Assert.That(new MetricsPage(text, isOpenMetrics: true).Families, Has.Member("redis_db_keys"));
    }

    [TestCase("redis_connected_clients", "connected_clients")]
    [TestCase("redis_keyspace_hits_total", "keyspace_hits")]
    [TestCase("redis_keyspace_misses_total", "keyspace_misses")]
    [TestCase("redis_connections_received_total", "total_connections_received")]
    [TestCase("redis_memory_max_bytes", "maxmemory")]
    [TestCase("redis_config_maxclients", "maxclients")]
    [TestCase("redis_process_id", "process_id")]
    [TestCase("hedge_partitions", "partitions")]
    [TestCase("hedge_cores", "cores")]
    [TestCase("hedge_changes_total", "changes")]
    [TestCase("hedge_user_bytes_written_total", "user_bytes_written")]
    [TestCase("hedge_flushes_total", "flushes")]
    [TestCase("hedge_run_bytes", "run_bytes")]
    [TestCase("hedge_log_segments", "log_segments")]
    [TestCase("hedge_record_hits_total", "record_hits")]
    [TestCase("hedge_memory_bytes{part=\"tables\"}", "used_memory_tables")]
    [TestCase("hedge_disk_used_bytes", "used_disk")]
    public async Task Numbers_are_those_of_INFO(string metric, string field)
    {
        double told = 0, wanted = 1;
        // Background work may change a number between the two.
        for (int i = 0; i < 10 && told != wanted; i++)
        {
            if (i > 0) await Task.Delay(TwoTicks);
            told = (await _process.MetricsAsync())[metric];
            Dictionary<string, string> info = await MonitoredProcess.InfoAsync(_client);
            wanted = double.Parse(info[field], CultureInfo.InvariantCulture);
        }

        Assert.That(told, Is.EqualTo(wanted));
    }

    [Test]
    public async Task Commands_errors_and_databases_are_told_by_their_labels()
    {
        MetricsPage page = await _process.MetricsAsync();
        Assert.That(page["redis_commands_total{cmd=\"set\"}"], Is.EqualTo(101));
        Assert.That(page["redis_commands_duration_seconds_total{cmd=\"get\"}"],
            Is.GreaterThan(0).And.LessThan(9));
        Assert.That(page["redis_commands_failed_calls_total{cmd=\"lpush\"}"], Is.EqualTo(1));
        Assert.That(page["redis_errors_total{err=\"WRONGTYPE\"}"], Is.EqualTo(1));
        Assert.That(page["redis_errors_total{err=\"MY\\\"CODE\\\\\"}"], Is.EqualTo(1), "escaped");
        Assert.That(page["redis_db_keys{db=\"db0\"}"], Is.EqualTo(100));
        Assert.That(page["redis_db_keys{db=\"db3\"}"], Is.EqualTo(1));
        Assert.That(page["redis_db_keys_expiring{db=\"db0\"}"], Is.EqualTo(1));
        Assert.That(page["redis_db_avg_ttl_seconds{db=\"db0\"}"], Is.InRange(900, 1000));
        Assert.That(page["redis_latency_percentiles_usec_count{cmd=\"set\"}"], Is.EqualTo(101));
        Assert.That(page["hedge_ready"], Is.EqualTo(1));
        Assert.That(page["redis_up"], Is.EqualTo(1));
    }

    [Test]
    public async Task Histograms_count_every_command_and_every_sync()
    {
        MetricsPage page = await _process.MetricsAsync();
        const string labels = "{family=\"string\",part=\"cpu\"";
        double all = page[$"hedge_command_time_seconds_bucket{labels},le=\"+Inf\"}}"];
        Assert.That(all, Is.EqualTo(page[$"hedge_command_time_seconds_count{labels}}}"]).And.EqualTo(202));
        Assert.That(page[$"hedge_command_time_seconds_bucket{labels},le=\"0.000001\"}}"],
            Is.LessThanOrEqualTo(page[$"hedge_command_time_seconds_bucket{labels},le=\"1.048576\"}}"]));
        double syncs = page["hedge_log_sync_seconds_count{core=\"0\"}"]
            + page["hedge_log_sync_seconds_count{core=\"1\"}"];
        double time = page["hedge_log_sync_seconds_sum{core=\"0\"}"]
            + page["hedge_log_sync_seconds_sum{core=\"1\"}"];
        Assert.That(syncs, Is.GreaterThan(50), "every SET waited for one");
        Assert.That(time / syncs, Is.InRange(0.000001, 1));
    }

    [Test]
    public async Task The_page_s_figures_are_those_of_INFO()
    {
        using JsonDocument stats = JsonDocument.Parse((await _process.GetAsync("/stats.json")).Text);
        Dictionary<string, string> info = await MonitoredProcess.InfoAsync(_client);
        JsonElement root = stats.RootElement;
        Assert.That(root.GetProperty("obstacle").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(root.GetProperty("counters").GetProperty("keyspaceHits").ToString(),
            Is.EqualTo(info["keyspace_hits"]));
        Assert.That(root.GetProperty("memory").GetProperty("budget").ToString(),
            Is.EqualTo(info["maxmemory"]));
        Assert.That(root.GetProperty("disk").GetProperty("used").ToString(), Is.EqualTo(info["used_disk"]));
        Assert.That(root.GetProperty("databases").GetArrayLength(), Is.EqualTo(2));
    }

    [Test]
    public async Task The_page_may_run_its_own_script_alone()
    {
        using HttpResponseMessage answer = await _process.SendAsync("/");
        string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Does.StartWith("default-src 'none'; script-src 'sha256-")
            .And.Contain("connect-src 'self'").And.Not.Contain("unsafe"));
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options"), Is.EqualTo((string[])["nosniff"]));
        string page = await answer.Content.ReadAsStringAsync();
        Assert.That(page, Does.Not.Contain("innerHTML").And.Not.Contain("style=\""));
        Assert.That(page, Does.Not.Match("(src|href)=\"(https?:)?//"), "no outside resources");
    }

    [Test]
    public async Task Other_paths_and_methods_are_refused()
    {
        Assert.That((await _process.GetAsync("/metric")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _process.GetAsync("/../conf/hedge.json")).Status,
            Is.EqualTo(HttpStatusCode.NotFound));
        using var http = new HttpClient();
        var address = new Uri($"http://127.0.0.1:{_process.Port}/metrics");
        using HttpResponseMessage posted = await http.PostAsync(address, null);
        Assert.That(posted.StatusCode, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        using var asked = new HttpRequestMessage(HttpMethod.Head, address);
        using HttpResponseMessage head = await http.SendAsync(asked);
        Assert.That(head.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(head.Content.Headers.ContentLength, Is.GreaterThan(1000));
    }
}
