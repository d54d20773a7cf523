using System.CommandLine;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Exports;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge export --rdb FILE": writes what a server, or a directory that nobody serves,
/// holds.</summary>
internal static class ExportSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        var rdb = new Option<string>("--rdb")
        {
            Description = "The RDB file to write (version 10, which redis-server 7.0 and later load).",
            HelpName = "file",
            Required = true,
        };
        var replace = new Option<bool>("--replace")
        {
            Description = "Replace the file if it is there.",
        };
        var shared = new ToolOptions("export", makesDirectory: false);
        var export = new Command("export",
            "Writes all keys of a server, as they are at one moment, into an RDB file. The server goes on.")
        {
            rdb, replace,
        };
        shared.AddTo(export);
        export.SetAction(async (parsed, _) =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            ToolProgress progress = shared.Progress(parsed);
            return await shared.RunAsync(parsed, progress, server => RdbExport.Run(server, shared.Tls(parsed),
                parsed.GetValue(rdb)!, parsed.GetValue(replace), output, progress));
        });
        return export;
    }
}
