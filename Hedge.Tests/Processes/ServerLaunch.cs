using System.Globalization;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>Which server a test starts.</summary>
public enum ServerKind
{
    /// <summary>The hedge that was built with these tests.</summary>
    Hedge,

    /// <summary>redis-server, as the oracle, or to try the tests themselves.</summary>
    Redis,
}

/// <summary>How a server process is started.</summary>
public sealed record ServerLaunch
{
    // Settings that redis-server doesn't have.
    private static readonly string[] HedgeOnly =
        ["cores", "io", "partitions", "memtable-bytes", "log-segment-bytes", "block-cache-bytes",
            "maxmemory", "value-log-threshold", "compression"];

    /// <summary>What the process tests start: Hedge, unless HEDGE_TEST_SERVER is "redis", which tries the
    /// tests themselves against a server that is known to be good.</summary>
    public static ServerKind Subject { get; } =
        Environment.GetEnvironmentVariable("HEDGE_TEST_SERVER") == "redis"
            ? ServerKind.Redis : ServerKind.Hedge;

    /// <summary>The server.</summary>
    public ServerKind Kind { get; init; } = Subject;

    /// <summary>Data directory; null for one that is made and removed with the process.</summary>
    public string? Directory { get; init; }

    /// <summary>Port to listen on; null for a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Settings as on the command line, without the dashes.</summary>
    public IReadOnlyList<(string Name, string Value)> Settings { get; init; } = [];

    /// <summary>Commands that run the server's command line,
    /// such as a launcher that takes rights away.</summary>
    public IReadOnlyList<string> Launcher { get; init; } = [];

    /// <summary>The path of the built server.</summary>
    public static string HedgeLibrary
    {
        get
        {
            // artifacts/bin/Hedge.Tests/release → artifacts/bin/Hedge.Host/release
            string tests = Path.TrimEndingDirectorySeparator(TestContext.CurrentContext.TestDirectory);
            string configuration = Path.GetFileName(tests);
            string path =
                Path.Combine(Repository.Root, "artifacts", "bin", "Hedge.Host", configuration, "hedge.dll");
            return File.Exists(path)
                ? path : throw new FileNotFoundException("the server is not built", path);
        }
    }

    /// <summary>The whole command line.</summary>
    public IReadOnlyList<string> CommandLine(int port, string directory)
    {
        var words = new List<string>(Launcher);
        if (Kind == ServerKind.Hedge) words.AddRange([DotNet, HedgeLibrary]);
        else words.AddRange(
            ["redis-server", "--save", "", "--appendonly", "yes", "--enable-debug-command", "yes"]);
        words.AddRange(["--port", port.ToString(CultureInfo.InvariantCulture), "--dir", directory]);
        if (Kind == ServerKind.Redis) words.AddRange(["--bind", "127.0.0.1"]);
        foreach ((string name, string value) in Settings)
        {
            if (Kind == ServerKind.Redis && HedgeOnly.Contains(name)) continue;
            words.AddRange(["--" + name, value]);
        }

        return words;
    }

    private static string DotNet
    {
        get
        {
            string? path = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Environment.ProcessPath;
            return path != null && Path.GetFileName(path) == "dotnet" ? path : "dotnet";
        }
    }
}
