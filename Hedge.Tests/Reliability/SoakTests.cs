using System.Diagnostics;
using System.Globalization;
using Hedge.Tests.Processes;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Reliability;

/// <summary>The short form of scripts/soak.py, which runs an hour by itself: a real server under load and
/// faults, and an oracle.</summary>
[TestFixture]
[Category("process")]
[NonParallelizable]
public sealed class SoakTests
{
    private const string Python = "/usr/bin/python3";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    private string _folder = "";

    [OneTimeSetUp]
    public void NeedsPython()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("the faults are for Hedge");
        if (!File.Exists(Python) || Start("-c", "import redis").Code != 0)
            Assert.Ignore("python3-redis is not installed");
    }

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hedge-soak-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void A_short_soak_loses_nothing()
    {
        (int code, string output) = Soak("--minutes", "0.6", "--out",
            Path.Combine(Repository.Root, "artifacts", "figures"));
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    [PlantedBug("the soak: keys are deleted behind its oracle's back")]
    public void A_key_that_is_gone_is_found()
    {
        (int code, string output) =
            Soak("--minutes", "0.1", "--plant", "lost-key", "--out", Path.Combine(_folder, "out"));
        Assert.That(code, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("'lost or wrong'"));
    }

    private (int Code, string Output) Soak(params string[] more)
    {
        int seed = TestSeed.Next();
        ServerLaunch launch = new() { Kind = ServerKind.Hedge };
        string server = string.Join(' ', launch.CommandLine(1, "/").Take(2));
        return Start([Path.Combine(Repository.Root, "scripts", "soak.py"), "--server", server, "--every", "5",
            "--keys", "4000", "--maxmemory", "64mb", "--disk", "1024",
            "--folder", Path.Combine(_folder, "soak"),
            "--seed", seed.ToString(CultureInfo.InvariantCulture), .. more]);
    }

    private static (int Code, string Output) Start(params string[] words)
    {
        ProcessStartInfo start = new(Python, words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"no end after {Patience}: {output.Result}");
        }

        return (process.ExitCode, output.Result + errors.Result);
    }
}
