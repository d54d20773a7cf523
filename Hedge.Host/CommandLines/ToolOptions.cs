using System.CommandLine;
using Hedge.Host.Tools;
using Hedge.Storage.Io.Disk;
using Hedge.Storage.Manifests;

namespace Hedge.Host.CommandLines;

/// <summary>What the tools that work with a server have in common: which server it is, or which directory;
/// TLS; progress.</summary>
/// <param name="verb">What the tool does with the server.</param>
/// <param name="makesDirectory">Whether a directory that is not there is made.</param>
internal sealed class ToolOptions(string verb, bool makesDirectory)
{
    private readonly Option<string> _server = new("--server")
    {
        Description = $"The server to {verb}: HOST[:PORT], or an address as redis://USER:PASSWORD@HOST:PORT, "
            + "rediss:// or unix://PATH. A password may stand in the environment as REDISCLI_AUTH.",
        HelpName = "address",
        DefaultValueFactory = _ => "127.0.0.1:6379",
    };

    private readonly Option<string?> _directory = new("--dir")
    {
        Description = $"Instead of a server: a data directory to {verb} that nobody serves.",
        HelpName = "directory",
    };

    private readonly Option<string?> _config = new("--config")
    {
        Description = "The configuration file for --dir.",
        HelpName = "file",
    };

    private readonly Option<string?> _ca = new("--cacert")
    {
        Description = "TLS: certificates to trust.",
        HelpName = "file",
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "TLS: the tool's own certificate.",
        HelpName = "file",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "TLS: the key of that certificate.",
        HelpName = "file",
    };

    private readonly Option<bool> _insecure = new("--insecure")
    {
        Description = "TLS: trust any certificate.",
    };

    private readonly Option<bool> _quiet = new("--quiet")
    {
        Description = "Show no progress.",
    };

    /// <summary>Declares them.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])
            [_server, _directory, _config, _ca, _certificate, _key, _insecure, _quiet]) command.Add(option);
    }

    /// <summary>How to speak TLS.</summary>
    public ToolTls Tls(ParseResult parsed) => new(parsed.GetValue(_ca), parsed.GetValue(_certificate),
        parsed.GetValue(_key), parsed.GetValue(_insecure));

    /// <summary>Where to tell how far it is.</summary>
    public ToolProgress Progress(ParseResult parsed) =>
        ToolProgress.Of(parsed.InvocationConfiguration.Error, parsed.GetValue(_quiet));

    /// <summary>Runs a tool with the server that is meant.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunAsync(ParseResult parsed, ToolProgress progress, Func<ServerAddress, int> tool)
    {
        try
        {
            if (parsed.GetValue(_directory) is not { } directory)
                return await Task.Run(() => tool(ServerAddress.Parse(parsed.GetValue(_server)!)));
            if (!makesDirectory && !DataDirectory.IsThere(new PosixDisk(), directory))
                throw new ToolException($"{directory} is no data directory");
            string[] words = parsed.GetValue(_config) is { } config ? [config] : [];
            await using LocalServer server =
                await LocalServer.StartAsync(ServerCommand.RunAsync, directory, words);
            int code = await Task.Run(() => tool(server.Address));
            await server.StopAsync();
            return code;
        }
        catch (ToolException problem)
        {
            progress.Warn($"hedge {parsed.CommandResult.Command.Name}: {problem.Message}");
            return ToolExit.Failed;
        }
    }
}
