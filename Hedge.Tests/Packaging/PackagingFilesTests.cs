using System.Collections;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Hedge.Host.Settings;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Packaging;

/// <summary>The server understands what the files in packaging say to it, and their scripts are
/// well formed.</summary>
[TestFixture]
[Category("fast")]
public sealed class PackagingFilesTests
{
    private string _directory = "";

    private static string[] ShellScripts =>
    [
        "packaging/healthcheck.sh", "packaging/debian/postinst", "packaging/debian/postrm",
        "packaging/debian/prerm",
        .. Directory.GetFiles(Path.Combine(Repository.Root, "scripts"), "*.sh")
            .Select(path => Path.GetRelativePath(Repository.Root, path)),
    ];

    [SetUp]
    public void Make() => _directory = Directory.CreateTempSubdirectory("hedge-packaging-").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, true);

    [Test]
    public void The_services_command_line_and_settings_are_understood()
    {
        string words =
            Single("packaging/hedge.service", "^ExecStart=/usr/bin/hedge /etc/hedge/hedge.json (.*)$");
        ServerSettings settings = Read([Full("packaging/hedge.json"), .. words.Split(' ')], []);
        Assert.That(settings.Process.Supervised, Is.EqualTo(Supervision.Systemd));
        // The service may write there.
        string state = Single("packaging/hedge.service", "^StateDirectory=(.*)$");
        Assert.That(settings.DataDirectory, Is.EqualTo($"/var/lib/{state}"));
    }

    [Test]
    public void The_images_variables_are_settings()
    {
        Hashtable variables = [];
        string line = Single("packaging/Dockerfile", "^ENV (.*)$");
        foreach (Match match in Regex.Matches(line, "(HEDGE_[A-Z_]+)=(\"[^\"]*\"|[^ ]+)"))
            variables[match.Groups[1].Value] = match.Groups[2].Value.Trim('"');
        Assert.That(variables, Has.Count.GreaterThanOrEqualTo(2));
        ServerSettings settings = Read([], variables);
        Assert.That(settings.DataDirectory, Is.EqualTo(Single("packaging/Dockerfile", "^VOLUME (.*)$")));
    }

    [Test]
    public void The_clusters_settings_are_understood_and_its_ports_are_the_servers()
    {
        string text = Text("packaging/kubernetes.yaml");
        string json = Regex.Match(text, @"hedge\.json: \|\n((?:    .*\n)+)").Groups[1].Value;
        string file = Path.Combine(_directory, "hedge.json");
        File.WriteAllText(file, json);
        var variables = new Hashtable();
        foreach (Match match in Regex.Matches(text, "name: (HEDGE_[A-Z_]+)"))
            variables[match.Groups[1].Value] = "x";
        ServerSettings settings = Read([file], variables);
        Assert.That(settings.DataDirectory,
            Does.StartWith(Single("packaging/kubernetes.yaml", "mountPath: (/data) ")));
        foreach (string name in (string[])["redis", "metrics"])
        {
            string port = Regex.Match(text, $@"name: {name}, containerPort: (\d+)").Groups[1].Value;
            string setting = name == "redis" ? "port" : "metrics-port";
            Assert.That(Regex.Match(json, $@"""{setting}"": (\d+)").Groups[1].Value, Is.EqualTo(port), name);
        }
    }

    [TestCase("packaging/hedge.8", @"\\-\\-([a-z][a-z-]+)")]
    [TestCase("docs/operations.md", "[` ]--([a-z]+(?:-[a-z]+)*) ")]
    public void Only_settings_and_options_that_exist_are_named(string file, string pattern)
    {
        // Options of other programs that the page calls.
        string[] others = ["help", "version", "config", "name", "security-opt", "read-only", "ulimit",
            "build-arg"];
        IEnumerable<string> unknown = Regex.Matches(Text(file), pattern).Select(m => m.Groups[1].Value)
            .Where(name => SettingDeclarations.Find(name) is null && !others.Contains(name)).Distinct();
        Assert.That(unknown, Is.Empty);
    }

    [TestCaseSource(nameof(ShellScripts))]
    public void Shell_scripts_are_well_formed(string script)
    {
        string shell = Text(script).StartsWith("#!/bin/sh", StringComparison.Ordinal) ? "sh" : "bash";
        Assert.That(Run(shell, "-n", Full(script)), Is.EqualTo((0, "")));
        if (!IsThere("shellcheck")) return;
        Assert.That(Run("shellcheck", "-x", Full(script)), Is.EqualTo((0, "")));
    }

    [Test]
    public void Systemd_knows_all_that_the_service_says()
    {
        if (!IsThere("systemd-analyze")) Assert.Ignore("systemd-analyze is not there");
        string unit = Path.Combine(_directory, "hedge.service");
        File.WriteAllText(unit, Text("packaging/hedge.service").Replace("/usr/bin/hedge", "/bin/true")
            .Replace("Documentation=man:hedge(8)\n", ""));
        (int code, string output) = Run("systemd-analyze", "verify", "--man=no", unit);
        IEnumerable<string> about =
            output.Split('\n').Where(line => line.Contains(unit, StringComparison.Ordinal));
        Assert.That(about, Is.Empty, output);
        Assert.That(code, Is.Zero, output);
    }

    [Test]
    public void A_container_profile_gets_io_uring_and_nothing_else()
    {
        if (!IsThere("python3")) Assert.Ignore("python3 is not there");
        string profile = Path.Combine(_directory, "profile.json");
        File.WriteAllText(profile, """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["read", "io_uring_enter"], "action": "SCMP_ACT_ALLOW"},
              {"names": ["io_uring_setup", "io_uring_register"], "action": "SCMP_ACT_ERRNO"}]}
            """);
        (int code, string output) = Run("python3", Full("scripts/seccomp-io-uring.py"), profile);
        Assert.That(code, Is.Zero, output);
        Assert.That(Regex.Replace(output, @"\s", ""), Is.EqualTo(Regex.Replace("""
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["read"], "action": "SCMP_ACT_ALLOW"},
              {"names": ["io_uring_setup", "io_uring_enter", "io_uring_register"],
               "action": "SCMP_ACT_ALLOW", "comment": "io_uring, for Hedge"}]}
            """, @"\s", "")));
        Assert.That(Run("python3", Full("scripts/seccomp-io-uring.py"), Full("LICENSE")).Code, Is.EqualTo(1));
    }

    private static ServerSettings Read(IReadOnlyList<string> words, Hashtable variables)
    {
        SettingsReading reading = SettingSources.Read(words, variables, "/");
        Assert.That(reading.Problems, Is.Empty);
        return reading.Settings!;
    }

    private static string Single(string file, string pattern)
    {
        MatchCollection found = Regex.Matches(Text(file), pattern, RegexOptions.Multiline);
        Assert.That(found, Has.Count.EqualTo(1), $"{pattern} in {file}");
        return found[0].Groups[1].Value;
    }

    private static string Full(string file) => Path.Combine(Repository.Root, file);

    private static string Text(string file) => File.ReadAllText(Full(file));

    private static bool IsThere(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Any(directory => File.Exists(Path.Combine(directory, program)));

    private static (int Code, string Output) Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
