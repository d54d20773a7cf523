using System.Net;
using Hedge.Resp.Clients;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Monitoring;

/// <summary>/healthz and /readyz of a real server.</summary>
[TestFixture]
[Category("process")]
internal sealed class HealthTests
{
    [Test]
    public async Task A_core_that_is_stuck_is_named_and_keeps_no_answer_back()
    {
        using MonitoredProcess process =
            await MonitoredProcess.StartAsync(null, ("cores", "2"), ("enable-debug-command", "yes"));
        await using TestConnection client = await process.ConnectAsync();
        Assert.That(await process.GetAsync("/healthz"), Is.EqualTo((HttpStatusCode.OK, "ok\n")));
        Assert.That(await process.GetAsync("/readyz"), Is.EqualTo((HttpStatusCode.OK, "ok\n")));
        Task<RespValue> sleep = client.CallAsync("DEBUG", "SLEEP", "8");
        string problem = await process.UntilAsync("/healthz?seconds=1", HttpStatusCode.ServiceUnavailable);
        Assert.That(problem, Does.Match(@"^core [01] has not taken a turn for \d+\.\d s\n$"));
        Assert.That((await process.GetAsync("/healthz?seconds=60")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await process.GetAsync("/healthz?seconds=x")).Status, Is.EqualTo(HttpStatusCode.OK));
        MetricsPage page = await process.MetricsAsync();
        Assert.That(page["hedge_core_last_turn_seconds{core=\"0\"}"]
            + page["hedge_core_last_turn_seconds{core=\"1\"}"], Is.GreaterThan(1));
        await process.UntilAsync("/readyz", HttpStatusCode.ServiceUnavailable);
        await sleep;
        await process.UntilAsync("/healthz?seconds=1", HttpStatusCode.OK);
        await process.UntilAsync("/readyz", HttpStatusCode.OK);
    }

    [Test]
    public async Task A_server_that_refuses_writes_is_alive_but_not_ready()
    {
        string parent = Directory.CreateTempSubdirectory("hedge-ready-").FullName;
        try
        {
            using MonitoredProcess process =
                await MonitoredProcess.StartAsync(null, ("dir", $"{parent}/data"));
            Directory.Move($"{parent}/data", $"{parent}/moved");
            string reason = await process.UntilAsync("/readyz", HttpStatusCode.ServiceUnavailable);
            Assert.That(reason, Does.StartWith("writes are refused (MISCONF)").And.Contain("data"));
            Assert.That((await process.GetAsync("/healthz")).Status, Is.EqualTo(HttpStatusCode.OK));
            await Task.Delay(TimeSpan.FromMilliseconds(300));
            MetricsPage page = await process.MetricsAsync();
            Assert.That(page["hedge_ready"], Is.Zero);
            Assert.That(page["hedge_writes_accepted"], Is.Zero);
            Assert.That(page["redis_aof_last_write_status"], Is.Zero);
            Directory.Move($"{parent}/moved", $"{parent}/data");
            await process.UntilAsync("/readyz", HttpStatusCode.OK);
        }
        finally
        {
            Directory.Delete(parent, true);
        }
    }

    [Test]
    public async Task Health_needs_no_password()
    {
        using MonitoredProcess process =
            await MonitoredProcess.StartAsync("secret", ("requirepass", "secret"));
        Assert.That((await process.GetAsync("/healthz")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await process.GetAsync("/readyz")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Without_the_setting_nothing_of_it_is_loaded()
    {
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Kind = ServerKind.Hedge });
        string maps = await File.ReadAllTextAsync($"/proc/{server.Id}/maps");
        Assert.That(maps, Does.Contain("hedge").And.Not.Contain("Kestrel"));
    }
}
