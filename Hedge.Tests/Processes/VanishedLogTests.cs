using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>A real server whose log is gone or cut short does not start without a word.</summary>
[TestFixture]
[Category("process")]
public sealed class VanishedLogTests
{
    private string _directory = "";

    [SetUp]
    public void MakeDirectory() => _directory = Directory.CreateTempSubdirectory("hedge-process-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(_directory, true);

    [TestCase("log/ removed")]
    [TestCase("its files removed")]
    [TestCase("segment removed")]
    [TestCase("segment cut")]
    [TestCase("segment zeroed behind its header")]
    [TestCase("ledger removed")]
    [TestCase("ledger zeroed")]
    public async Task It_is_refused_by_name_and_number_and_starts_when_told_to(string damage)
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server's files are others");
        var launch = new ServerLaunch
        {
            Directory = _directory,
            Settings = [("appendfsync", "always"), ("cores", "1")],
        };
        using (ServerProcess server = await ServerProcess.StartAsync(launch))
        {
            await using TestConnection connection = await server.ConnectAsync();
            for (int i = 0; i < 100; i++) connection.Send("SET", $"key:{i}", $"value:{i}");
            for (int i = 0; i < 100; i++) await connection.ReadAsync();
            Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
        }

        Strike(damage);
        (int exitCode, string output) = await ServerProcess.RunToEndAsync(launch);
        Assert.That(exitCode, Is.Not.Zero, output);
        bool isLedger = damage.StartsWith("ledger", StringComparison.Ordinal);
        Assert.That(output, Does.Contain(isLedger ? "LOG-00" : ".log").And.Contain("log-load-truncated"));
        string lost = isLedger ? "at least 0 logged operations" : "100 logged operations";
        Assert.That(output, Does.Contain(lost));
        Assert.That(output, Does.Not.Contain("   at "), "a message, not a stack trace");

        var told = launch with { Settings = [.. launch.Settings, ("log-load-truncated", "yes")] };
        using (ServerProcess server = await ServerProcess.StartAsync(told))
        {
            await using TestConnection connection = await server.ConnectAsync();
            long keys = (await connection.CallAsync("DBSIZE")).Integer;
            Assert.That(keys, Is.EqualTo(isLedger ? 100 : 0));
            Assert.That(await server.TerminateAsync(), Is.Zero, server.Output);
        }

        using ServerProcess again = await ServerProcess.StartAsync(launch);
    }

    private void Strike(string damage)
    {
        string log = Path.Combine(_directory, "log");
        string segment = Path.Combine(log, "0-1.log");
        string ledger = Path.Combine(_directory, "LOG-00");
        switch (damage)
        {
            case "log/ removed":
                Directory.Delete(log, true);
                break;
            case "its files removed":
                foreach (string file in Directory.EnumerateFiles(log)) File.Delete(file);
                break;
            case "segment removed":
                File.Delete(segment);
                break;
            case "segment cut":
                // In the midst of the first record, however few operations it has.
                using (FileStream file = File.OpenWrite(segment)) file.SetLength(80);
                break;
            case "segment zeroed behind its header":
                Zero(segment, 64);
                break;
            case "ledger removed":
                File.Delete(ledger);
                break;
            default:
                Zero(ledger, 0);
                break;
        }
    }

    private static void Zero(string path, int from)
    {
        using FileStream file = File.OpenWrite(path);
        file.Position = from;
        file.Write(new byte[file.Length - from]);
    }
}
