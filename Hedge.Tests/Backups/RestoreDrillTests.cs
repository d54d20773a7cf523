using Hedge.Host.Tools;
using Hedge.Tests.Exports;
using Hedge.Tests.Processes;
using Hedge.Tests.Resp;
using Hedge.Tests.Tools;
using NUnit.Framework;

namespace Hedge.Tests.Backups;

/// <summary>The drill: a server is backed up, killed, loses its directory, and comes back from the backups
/// and the kept logs, to its last moment and to one before a mistake.</summary>
[Category("process")]
public sealed class RestoreDrillTests
{
    private string _folder = "";

    private string Data => $"{_folder}/data";

    private string Backups => $"{_folder}/backups";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hedge-drill-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, true);

    [TestCase("1", "everysec", "0")]
    [TestCase("2", "always", "1000000")]
    public async Task A_server_that_lost_its_directory_comes_back_to_any_time(
        string cores, string appendfsync, string rate)
    {
        int seed = TestSeed.Next();
        SortedDictionary<string, string> first, second, last;
        (string Name, string Value)[] settings =
        [
            ("backup-dir", Backups), ("backup-logs", "yes"), ("backup-rate", rate), ("cores", cores),
            ("appendfsync", appendfsync), ("memtable-bytes", "64kb"), ("collection-node-bytes", "128"),
            ("databases", "4"), ("save", ""),
        ];
        ServerLaunch launch = new() { Kind = ServerKind.Hedge, Directory = Data, Settings = settings };
        string mistake;
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection client = await server.ConnectAsync();
            await new CollectionFill(client, seed).FillAsync();
            first = Contents(server);
            Dictionary<string, string> full = await BackUpAsync(server, "--name", "full");
            Assert.That(full["new-bytes"], Is.EqualTo(full["bytes"]));
            Assert.That(long.Parse(full["checked-bytes"], null), Is.Positive);
            await client.CallAsync("SELECT", "2");
            await new CollectionFill(client, seed + 1).FillAsync();
            Dictionary<string, string> next = await BackUpAsync(server);
            Assert.That(long.Parse(next["new-bytes"], null), Is.LessThan(long.Parse(next["bytes"], null)));
            await client.CallAsync("SELECT", "1");
            await new CollectionFill(client, seed + 2).FillAsync();
            second = Contents(server);
            server.Kill();
        }

        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection client = await server.ConnectAsync();
            Assert.That(Contents(server), Is.EqualTo(second));
            mistake = (await client.CallAsync("TIME"))[0].Text;
            // What is done in the next second is newer than that.
            while ((await client.CallAsync("TIME"))[0].Text == mistake)
            {
            }

            await client.CallAsync("FLUSHALL");
            for (int i = 0; i < 100; i++) await client.CallAsync("SET", $"after{i}", $"{seed}");
            last = Contents(server);
            Assert.That(await server.TerminateAsync(), Is.Zero);
        }

        Directory.Delete(Data, true);
        await RestoreAsync(second, Backups, "--until", $"{mistake}.999");
        await RestoreAsync(last, Backups, "--link");
        await RestoreAsync(first, $"{Backups}/full", "--no-logs");
        await RestoreAsync(last, $"{Backups}/full");

        ToolRun early = await ToolRun.OfAsync(
            "restore", Backups, $"{_folder}/none", "--until", "2020-01-01T00:00:00");
        Assert.That(early.Errors, Does.Contain("all backups are newer"));
        Assert.That(early.ExitCode, Is.EqualTo(ToolExit.Failed));
        Assert.That(Directory.Exists($"{_folder}/none"), Is.False);
        string run = Directory.GetFiles($"{Backups}/full", "*.run", SearchOption.AllDirectories)[0];
        byte[] bytes = await File.ReadAllBytesAsync(run);
        bytes[5000] ^= 1;
        File.Delete(run);
        await File.WriteAllBytesAsync(run, bytes);
        ToolRun damaged =
            await ToolRun.OfAsync("restore", $"{Backups}/full", $"{_folder}/damaged", "--no-logs");
        Assert.That(damaged.ExitCode, Is.EqualTo(ToolExit.Incomplete), damaged.Errors);
        Assert.That(damaged.Output, Does.Contain("DAMAGED"));
    }

    [Test]
    public async Task What_cannot_be_backed_up_or_restored_is_refused_in_words()
    {
        ServerLaunch launch = new() { Kind = ServerKind.Hedge, Directory = Data };
        using ServerProcess server = await ServerProcess.StartAsync(launch);
        await using TestConnection client = await server.ConnectAsync();
        await client.CallAsync("SET", "a", "1");
        string[] names = ["", ".", "..", "a/b", ".hidden", "log-1", "x.part", "a b", new('x', 129), "é"];
        foreach (string name in names)
            Assert.That((await client.CallAsync("HEDGE.BACKUP", name)).Text, Does.Contain("name has"), name);
        Assert.That((await client.CallAsync("HEDGE.BACKUP", "a", "KEEP", "0")).Text, Does.Contain("KEEP"));
        Assert.That((await client.CallAsync("HEDGE.BACKUP", "a", "KEEP")).Text, Does.Contain("syntax error"));
        await BackUpAsync(server, "--name", "a");
        string address = $"127.0.0.1:{server.Port}";
        ToolRun again = await ToolRun.OfAsync("backup", "--server", address, "--name", "a");
        Assert.That(again.Errors, Does.Contain("File exists"));
        Assert.That(again.ExitCode, Is.EqualTo(ToolExit.Failed));
        // By default, backups are in the data directory, which is whole with them.
        await server.TerminateAsync();
        ToolRun check = await ToolRun.OfAsync("check", Data);
        Assert.That(check.Output, Does.EndWith("whole\n"));
        ToolRun restore = await ToolRun.OfAsync("restore", Data, $"{_folder}/new");
        Assert.That(restore.Errors, Does.Contain("is no backup, and has none"));
        restore = await ToolRun.OfAsync("restore", $"{Data}/backup/a", Data);
        Assert.That(restore.Errors, Does.Contain("is there already, and not empty"));
        restore = await ToolRun.OfAsync(
            "restore", $"{Data}/backup/a", $"{_folder}/new", "--until", "yesterday");
        Assert.That(restore.Errors, Does.Contain("is no time"));
        restore = await ToolRun.OfAsync(
            "restore", $"{Data}/backup", $"{_folder}/new", "--until", "2100-01-01T00:00");
        Assert.That(restore.Errors, Does.Contain("has no kept logs"));
        Assert.That(restore.ExitCode, Is.EqualTo(ToolExit.Failed));
        restore = await ToolRun.OfAsync("restore", $"{Data}/backup", $"{_folder}/new");
        Assert.That(restore.ExitCode, Is.Zero, restore.Errors);
    }

    [Test]
    public async Task Settings_that_forbid_and_contradict()
    {
        ServerLaunch launch = new() { Kind = ServerKind.Hedge, Directory = Data };
        (int code, string output) = await ServerProcess.RunToEndAsync(
            launch with { Settings = [("backup-dir", $"{Data}/log")] });
        Assert.That((code, output.Contains("backup-dir", StringComparison.Ordinal)), Is.EqualTo((1, true)));
        (code, output) = await ServerProcess.RunToEndAsync(
            launch with { Settings = [("backup-dir", ""), ("backup-logs", "yes")] });
        Assert.That((code, output.Contains("needs a backup-dir", StringComparison.Ordinal)),
            Is.EqualTo((1, true)));
        using (ServerProcess server =
            await ServerProcess.StartAsync(launch with { Settings = [("backup-dir", "")] }))
        {
            await using TestConnection client = await server.ConnectAsync();
            string reply = (await client.CallAsync("HEDGE.BACKUP", "a")).Text;
            Assert.That(reply, Does.Contain("backup-dir is empty"));
        }

        using (ServerProcess server =
            await ServerProcess.StartAsync(launch with { Settings = [("backup-logs", "yes")] }))
        {
            await using TestConnection client = await server.ConnectAsync();
            Assert.That((await client.CallAsync("HEDGE.LOAD", "a")).Text, Does.Contain("backup-logs"));
        }
    }

    private async Task RestoreAsync(SortedDictionary<string, string> expected, params string[] words)
    {
        string target = $"{_folder}/restored";
        ToolRun run = await ToolRun.OfAsync(["restore", words[0], target, .. words[1..]]);
        Assert.That(run.ExitCode, Is.Zero, run.Output + run.Errors);
        Assert.That(run.Output, Does.Contain("it was checked and is whole"));
        ServerLaunch launch = new()
        {
            Kind = ServerKind.Hedge,
            Directory = target,
            Settings = [("databases", "4")],
        };
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
            Assert.That(Contents(server), Is.EqualTo(expected), string.Join(' ', words));
        Directory.Delete(target, true);
    }

    private static async Task<Dictionary<string, string>> BackUpAsync(
        ServerProcess server, params string[] words)
    {
        ToolRun run = await ToolRun.OfAsync(["backup", "--server", $"127.0.0.1:{server.Port}", .. words]);
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": "))
            .ToDictionary(words => words[0], words => words[1]);
    }

    private static SortedDictionary<string, string> Contents(ServerProcess server)
    {
        using ServerContents contents = new(server.Port);
        return contents.All(databases: 4);
    }
}
