using System.Diagnostics;
using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A disk that fills up beneath a real server, by its own writes and by others', again and
/// again.</summary>
[TestFixture]
[Category("process")]
[NonParallelizable]
public sealed class FullDiskTests
{
    private const int Megabytes = 64;
    private const int SoakCycles = 50;
    private const string NoSpace = "No space left on device";
    private static readonly string Value = new('v', 4000);
    private static readonly TimeSpan Refused = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [TestCase("everysec", 2, Category = "soak")]
    [TestCase("always", 2)]
    public Task Keys_can_be_deleted_and_the_server_starts_while_the_disk_is_full(string fsync, int cycles) =>
        Cycle(fsync, cycles);

    [Test]
    [Category("soak")]
    public Task Fifty_full_disks_lose_nothing() => Cycle("always", SoakCycles);

    [TestCase("always")]
    [TestCase("everysec")]
    [TestCase("no")]
    public Task An_ext4_that_is_full_is_survived_under_every_policy(string fsync) =>
        Cycle(fsync, 1, isExt4: true);

    // What is written replaces what is there, so that the disk is full in the midst of merges.
    [Test]
    public async Task Merges_that_find_no_space_go_on_by_themselves_when_there_is_some()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("these are Hedge's settings");
        using SmallDisk disk = SmallDisk.MountExt4(Megabytes);
        ServerLaunch launch = new()
        {
            Directory = disk.Data,
            Settings = [("cores", "1"), ("memtable-bytes", "256kb"), ("log-segment-bytes", "1mb"),
                ("disk-reserve", "4mb"), ("value-log-threshold", "0"), ("partitions", "2")],
        };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection client = await server.ConnectAsync();
        int written = 0;
        for (; written < 3000; written++) await client.CallAsync("SET", $"key{written % 900}", Value);
        disk.Fill();
        RespValue reply;
        Stopwatch watch = Stopwatch.StartNew();
        do reply = await client.CallAsync("SET", $"key{written++ % 900}", Value);
        while (reply.Text == "OK" && watch.Elapsed < Patience);
        Assert.That(reply.Text, Does.StartWith("MISCONF"), "refused in the end");
        Assert.That((await client.CallAsync("GET", "key0")).Text, Is.EqualTo(Value));
        disk.Empty();
        watch.Restart();
        while ((await client.CallAsync("SET", "again", "1")).Text != "OK")
            Assert.That(watch.Elapsed, Is.LessThan(Patience), "writes go on by themselves");
        watch.Restart();
        for (int i = 0; i < 3000; i++)
        {
            // A flush that found no space is tried again after a second.
            while ((await client.CallAsync("SET", $"key{i % 900}", Value)).Text != "OK")
                Assert.That(watch.Elapsed, Is.LessThan(Patience), "flushes go on by themselves");
        }

        string info;
        do
        {
            Assert.That(watch.Elapsed, Is.LessThan(Patience), "flushes and merges go on by themselves");
            info = (await client.CallAsync("INFO", "persistence")).Text;
        }
        while (info.Contains("_status:err", StringComparison.Ordinal));

        Assert.That(await server.TerminateAsync(), Is.Zero);
    }

    private static async Task Cycle(string fsync, int cycles, bool isExt4 = false)
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("these are Hedge's settings");
        using SmallDisk disk = isExt4 ? SmallDisk.MountExt4(Megabytes) : SmallDisk.Mount(Megabytes);
        ServerLaunch launch = new()
        {
            Directory = disk.Data,
            Settings =
            [
                ("appendfsync", fsync), ("cores", "2"), ("memtable-bytes", "256kb"),
                ("log-segment-bytes", "4mb"), ("disk-reserve", "8mb"), ("value-log-threshold", "0"),
            ],
        };
        HashSet<string> there = [];
        Figure figure = new();
        for (int cycle = 0; cycle < cycles; cycle++)
        {
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                await using TestConnection client = await server.ConnectAsync();
                await FillAsync(client, cycle, there, figure);
                await InFullAsync(client, there);
                await server.SaysAsync("since the file system of the data directory is full (MISCONF)");
                disk.Fill();
                await DeleteAsync(client, there, 50, figure);
                server.Kill();
            }

            disk.Fill();
            using (ServerProcess server = await ServerProcess.StartAsync(launch))
            {
                figure.StartMilliseconds = Math.Max(
                    figure.StartMilliseconds, server.StartTime.TotalMilliseconds);
                await using TestConnection client = await server.ConnectAsync();
                figure.Lost += await MissingAsync(client, there);
                await DeleteAsync(client, there, there.Count / 2, figure);
                disk.Empty();
                Stopwatch watch = Stopwatch.StartNew();
                RespValue reply;
                while ((reply = await client.CallAsync("SET", "again", "1")).Text != "OK")
                    if (watch.Elapsed > Patience) Assert.Fail(await StateAsync(client, reply, disk));
                figure.BackMilliseconds = Math.Max(figure.BackMilliseconds, watch.ElapsedMilliseconds);
                Assert.That(await server.TerminateAsync(), Is.Zero);
            }
        }

        Figures.Write($"full-disk-{fsync}-{cycles}", new Dictionary<string, object>
        {
            ["cycles"] = cycles,
            ["lost"] = figure.Lost,
            ["slowest reply to a write, ms"] = figure.WriteMilliseconds,
            ["slowest DEL, ms"] = figure.DeleteMilliseconds,
            ["slowest start on a full disk, ms"] = figure.StartMilliseconds,
            ["writes go on after, ms"] = figure.BackMilliseconds,
        });
        Assert.That(figure.Lost, Is.Zero);
    }

    private static async Task<string> StateAsync(
        TestConnection client, RespValue reply, SmallDisk disk) =>
        $"space has returned, but: {reply.Text}\n{(await client.CallAsync("INFO", "everything")).Text}"
        + $"\n{await client.CallAsync("HEDGE.STATS")}\n{disk.Describe()}";

    private static async Task FillAsync(
        TestConnection client, int cycle, HashSet<string> there, Figure figure)
    {
        // Flushes and merges give room back for a while: the disk is full when nothing goes any more.
        Stopwatch refused = Stopwatch.StartNew();
        for (int i = 0; refused.Elapsed < Refused; i++)
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"{cycle}:{i}");
            Stopwatch watch = Stopwatch.StartNew();
            RespValue reply = await client.CallAsync("SET", key, Value);
            figure.WriteMilliseconds = Math.Max(figure.WriteMilliseconds, watch.ElapsedMilliseconds);
            if (reply.Text == "OK")
            {
                refused.Restart();
                there.Add(key);
                Assert.That(there, Has.Count.LessThan(Megabytes * 1024 * 1024 / Value.Length));
                continue;
            }

            Assert.That(reply.Text, Does.StartWith("MISCONF").And.Contain(NoSpace));
        }
    }

    private static async Task InFullAsync(TestConnection client, HashSet<string> there)
    {
        Assert.That((await client.CallAsync("GET", there.First())).Text, Is.EqualTo(Value));
        // A merge may have made room for a few more meanwhile.
        string info;
        Stopwatch watch = Stopwatch.StartNew();
        do
        {
            string key = string.Create(CultureInfo.InvariantCulture, $"more:{there.Count}");
            if ((await client.CallAsync("SET", key, Value)).Text == "OK") there.Add(key);
            info = (await client.CallAsync("INFO", "persistence")).Text;
        }
        while (info.Contains("write_status:ok", StringComparison.Ordinal) && watch.Elapsed < Patience);

        Assert.That(info, Does.Contain("aof_last_write_status:err"));
        Assert.That(info, Does.Contain("disk_error:").And.Contain(NoSpace));
    }

    // On a disk that is full to the last byte the reserve has to be found first: within a second or two.
    private static async Task DeleteAsync(
        TestConnection client, HashSet<string> there, int keys, Figure figure)
    {
        foreach (string key in there.Take(keys).ToArray())
        {
            Stopwatch watch = Stopwatch.StartNew();
            RespValue reply;
            do reply = await client.CallAsync("DEL", key);
            while (reply.Text.StartsWith("MISCONF", StringComparison.Ordinal) && watch.Elapsed < Patience);
            figure.DeleteMilliseconds = Math.Max(figure.DeleteMilliseconds, watch.ElapsedMilliseconds);
            Assert.That(reply.Integer, Is.EqualTo(1), reply.ToString());
            there.Remove(key);
        }
    }

    private static async Task<int> MissingAsync(TestConnection client, HashSet<string> there)
    {
        int missing = 0;
        foreach (string key in there)
            if ((await client.CallAsync("EXISTS", key)).Integer != 1) missing++;
        return missing;
    }

    private sealed class Figure
    {
        public int Lost { get; set; }

        public long WriteMilliseconds { get; set; }

        public long DeleteMilliseconds { get; set; }

        public double StartMilliseconds { get; set; }

        public long BackMilliseconds { get; set; }
    }
}
