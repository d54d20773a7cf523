using System.Diagnostics;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>What a new user may do wrong at the start: one clear sentence and exit code 1, no stack
/// trace.</summary>
[TestFixture]
[Category("process")]
public sealed class WrongStartTests
{
    private const string Fifty = "12345678901234567890123456789012345678901234567890";
    private string _folder = "";

    [SetUp]
    public void Make()
    {
        if (ServerLaunch.Subject == ServerKind.Redis) Assert.Ignore("redis-server has other words");
        _folder = Directory.CreateTempSubdirectory("hedge-wrong-").FullName;
        File.WriteAllText($"{_folder}/file", "");
        File.WriteAllText($"{_folder}/redis.conf", "# Redis\nport 6379\ndir /data\n");
        File.WriteAllText($"{_folder}/bad.json", "{ \"port\": ");
    }

    [TearDown]
    public void Remove()
    {
        if (_folder.Length > 0) Directory.Delete(_folder, true);
    }

    [TestCase("--dir $/file", "Not a directory")]
    [TestCase("--dir $/file/below", "Not a directory")]
    [TestCase("--dir /proc/none", "mkdir /proc/none")]
    [TestCase("$/none.json", "there is no file")]
    [TestCase("$", "a directory, not a file")]
    [TestCase("$/bad.json", "it is no JSON")]
    [TestCase("$/redis.conf", "it looks like a redis.conf")]
    [TestCase("--maxmem 1gb", "maxmem: no such setting")]
    [TestCase("--maxmemory lots", "maxmemory: \"lots\" is not allowed")]
    [TestCase("--requirepass", "--requirepass: needs a value")]
    [TestCase("--port 99999", "port: \"99999\" is not allowed")]
    [TestCase("--metrics-port @", "metrics-port: @ is not allowed, since port is the same")]
    [TestCase("--tls-port @", "tls-port: @ is not allowed, since port is the same")]
    [TestCase("--bind 203.0.113.7", "Cannot assign requested address")]
    [TestCase("--unixsocket /tmp/" + Fifty + Fifty + Fifty, "a Unix socket has 107 bytes at most")]
    [TestCase("--unixsocket $/file", "File exists")]
    [TestCase("--unixsocket $/none/socket", "No such file or directory")]
    [TestCase("--logfile $/none/log", "log cannot be opened: its directory does not exist")]
    [TestCase("--logfile $", "cannot be opened: it is a directory")]
    [TestCase("--port 0 --tls-port @", "No tls-cert-file configured!")]
    [TestCase("--port 0 --tls-port @ --tls-cert-file $/none --tls-key-file $/none --tls-ca-cert-file $/none",
        "Failed to load certificate")]
    [TestCase("--aclfile $/none.acl", "No such file or directory")]
    [TestCase("--cluster-enabled yes", "Cluster mode is not there")]
    [TestCase("--partitions 3", "a power of two")]
    [TestCase("--cores 0", "between 1 and 64")]
    public async Task It_is_one_sentence(string words, string reason) => Check(await RunAsync(words), reason);

    [TestCase(60)]
    [TestCase(100)]
    [TestCase(150)]
    public async Task Too_few_open_files_are_one_sentence(int files)
    {
        (int code, string errors) = await RunAsync("--partitions 64", files);
        Check((code, errors), "open files");
    }

    private static void Check((int Code, string Errors) run, string reason)
    {
        Assert.That(run.Code, Is.EqualTo(1), run.Errors);
        Assert.That(run.Errors, Does.Contain(reason));
        Assert.That(run.Errors.TrimEnd(), Does.Not.Contain("\n"), "one line");
    }

    private async Task<(int Code, string Errors)> RunAsync(string words, int? files = null)
    {
        int port = ServerProcess.FreePort();
        string[] server = [.. new ServerLaunch { Kind = ServerKind.Hedge }.CommandLine(port, "/").Take(2)];
        words = words.Replace("$", _folder, StringComparison.Ordinal);
        words = words.Replace("@", $"{port}", StringComparison.Ordinal);
        // The directory and the port come first, so that later words win.
        bool isFile = !words.StartsWith("--", StringComparison.Ordinal);
        string[] own = isFile ? words.Split(' ')
            : ["--dir", $"{_folder}/data", "--port", $"{port}", .. words.Split(' ')];
        string limit = files is { } count ? $"ulimit -n {count}; " : "";
        var start = new ProcessStartInfo("bash", ["-c", $"{limit}exec \"$0\" \"$@\"", .. server, .. own])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        return (process.ExitCode, errors.Replace($"{port}", "@", StringComparison.Ordinal));
    }
}
