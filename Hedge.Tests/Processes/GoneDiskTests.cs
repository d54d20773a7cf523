using System.Diagnostics;
using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A disk that is gone, or files that are, beneath a real server.</summary>
[TestFixture]
[Category("process")]
[NonParallelizable]
public sealed class GoneDiskTests
{
    private const int Megabytes = 64;
    private const int Keys = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [SetUp]
    public void Look()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("these are Hedge's files");
    }

    [TestCase("always")]
    [TestCase("everysec")]
    public async Task A_disk_that_fails_refuses_writes_and_a_restart_has_what_was_synced(string fsync)
    {
        using SmallDisk disk = SmallDisk.MountExt4(Megabytes);
        ServerLaunch launch = Launch(disk, fsync);
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection client = await server.ConnectAsync();
            for (int i = 0; i < Keys; i++) await client.CallAsync("SET", Key(i), "value");
            if (fsync != "always") await Task.Delay(2500);
            disk.Fail();
            // The reply to what was under way may never come.
            await using TestConnection second = await server.ConnectAsync();
            second.Send("SET", "late", "1");
            await using TestConnection third = await server.ConnectAsync();
            await RefusedAsync(third, "Input/output error");
            Assert.That((await third.CallAsync("GET", Key(0))).Text, Is.EqualTo("value"), "memory is read");
            Assert.That(server.IsRunning, "the process does not end");
            server.Kill();
        }

        disk.MountAgain();
        // What was in the log's buffers alone has gone with the disk, which the start says.
        ServerLaunch told = launch with { Settings = [.. launch.Settings, ("log-load-truncated", "yes")] };
        using ServerProcess again = await ServerProcess.StartAsync(told);
        await using TestConnection reader = await again.ConnectAsync();
        for (int i = 0; i < Keys; i++)
            Assert.That((await reader.CallAsync("GET", Key(i))).Text, Is.EqualTo("value"), Key(i));
        Assert.That(await again.TerminateAsync(), Is.Zero);
    }

    [Test]
    public async Task An_unmounted_disk_is_noticed_and_nothing_that_was_acknowledged_is_lost()
    {
        using SmallDisk disk = SmallDisk.MountExt4(Megabytes);
        ServerLaunch launch = Launch(disk, "always");
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection client = await server.ConnectAsync();
            for (int i = 0; i < Keys; i++) await client.CallAsync("SET", Key(i), "value");
            disk.Detach();
            await RefusedAsync(client, "No such file");
            await server.SaysAsync("the data directory cannot be reached: ");
            Assert.That((await client.CallAsync("GET", Key(0))).Text, Is.EqualTo("value"));
            server.Kill();
        }

        disk.MountAgain();
        using ServerProcess again = await ServerProcess.StartAsync(launch);
        await using TestConnection reader = await again.ConnectAsync();
        Assert.That((await reader.CallAsync("DBSIZE")).Integer, Is.GreaterThanOrEqualTo(Keys));
        Assert.That(await again.TerminateAsync(), Is.Zero);
    }

    [Test]
    public async Task Files_that_are_removed_are_named_and_written_anew_before_a_kill_could_hurt()
    {
        string parent = Directory.CreateTempSubdirectory("hedge-removed-").FullName;
        try
        {
            ServerLaunch launch = new()
            {
                Directory = $"{parent}/data",
                Settings = [("cores", "1"), ("partitions", "2"), ("memtable-bytes", "64kb"),
                    ("log-segment-bytes", "1mb"), ("value-log-threshold", "1kb")],
            };
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                for (int i = 0; i < 3 * Keys; i++)
                    await client.CallAsync("SET", Key(i), new string('v', i % 2 == 0 ? 2000 : 100));
                await client.CallAsync("SAVE");
                string[] removed =
                [
                    .. Directory.GetFiles($"{parent}/data/p00"),
                    .. Directory.GetFiles($"{parent}/data/log", "*.val"),
                    .. Directory.GetFiles($"{parent}/data/log", "*.log"), $"{parent}/data/HEDGE",
                    $"{parent}/data/LOG-00",
                ];
                foreach (string file in removed) File.Delete(file);
                await server.SaysAsync("HEDGE is not in its directory any more");
                await server.SaysAsync("LOG-00 is not in its directory any more");
                await client.CallAsync("SET", "after", "1");
                Stopwatch watch = Stopwatch.StartNew();
                string info;
                do
                {
                    await Task.Delay(500);
                    info = (await client.CallAsync("INFO", "storage")).Text;
                    Assert.That(watch.Elapsed, Is.LessThan(2 * Patience), server.Output);
                }
                while (!info.Contains("missing_files:0", StringComparison.Ordinal));
                Assert.That(info, Does.Contain("last_damage:kind=missing"));
                server.Kill();
            }

            using ServerProcess again = await ServerProcess.StartAsync(launch);
            await using TestConnection reader = await again.ConnectAsync();
            Assert.That((await reader.CallAsync("DBSIZE")).Integer, Is.EqualTo((3 * Keys) + 1));
            for (int i = 0; i < 3 * Keys; i++)
            {
                long length = (await reader.CallAsync("STRLEN", Key(i))).Integer;
                Assert.That(length, Is.EqualTo(i % 2 == 0 ? 2000 : 100), Key(i));
            }

            Assert.That(await again.TerminateAsync(), Is.Zero);
        }
        finally
        {
            Directory.Delete(parent, true);
        }
    }

    private static async Task RefusedAsync(TestConnection client, string reason)
    {
        Stopwatch watch = Stopwatch.StartNew();
        RespValue reply;
        do
        {
            await Task.Delay(50);
            reply = await client.CallAsync("SET", "refused", "1");
        }
        while (reply.Text == "OK" && watch.Elapsed < Patience);
        Assert.That(reply.Text, Does.StartWith("MISCONF").And.Contain(reason));
    }

    private static string Key(int i) => string.Create(CultureInfo.InvariantCulture, $"key{i}");

    private static ServerLaunch Launch(SmallDisk disk, string fsync) => new()
    {
        Directory = disk.Data,
        Settings =
        [
            ("appendfsync", fsync), ("cores", "1"), ("log-segment-bytes", "1mb"), ("disk-reserve", "4mb"),
        ],
    };
}
