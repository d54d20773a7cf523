using System.CommandLine;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Imports;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge import SOURCE": fills a server, or a directory that nobody serves.</summary>
internal static class ImportSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "An RDB file, an append-only file, its manifest or directory, or a running server "
                + "(redis://[USER:PASSWORD@]HOST[:PORT], rediss:// with TLS, unix://PATH).",
        };
        var replace = new Option<bool>("--replace")
        {
            Description = "Replace keys that are there. Without it they stay as they are.",
        };
        var skipModules = new Option<bool>("--skip-modules")
        {
            Description = "Leave out what modules have written. Without it such a file is refused.",
        };
        var state = new Option<string?>("--state")
        {
            Description = "A file to note how far an import from a running server has come; with it the same "
                + "command goes on after a failure.",
            HelpName = "file",
        };
        var shared = new ToolOptions("fill", makesDirectory: true);
        var import = new Command("import",
            "Fills a server with the keys of a Redis: of its RDB file, its append-only file, or itself.")
        {
            source, replace, skipModules, state,
        };
        shared.AddTo(import);
        import.SetAction(async (parsed, _) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            ToolProgress progress = shared.Progress(parsed);
            string from = parsed.GetValue(source)!;
            if (!ServerAddress.IsUrl(from) && !Path.Exists(from))
            {
                progress.Warn($"hedge import: there is no {from}");
                return ToolExit.Failed;
            }

            return await shared.RunAsync(parsed, progress, target => Import.Run(
                new ImportRequest(from, target, shared.Tls(parsed),
                    parsed.GetValue(replace), parsed.GetValue(skipModules), parsed.GetValue(state)),
                output, progress));
        });
        return import;
    }
}
