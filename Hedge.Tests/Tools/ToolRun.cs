using System.Diagnostics;
using Hedge.Tests.Processes;

namespace Hedge.Tests.Tools;

/// <summary>What a tool of hedge's command line has said and done.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs a tool in a process of its own, with "hedge" left out.</summary>
    public static async Task<ToolRun> OfAsync(params string[] words)
    {
        string[] server = [.. new ServerLaunch { Kind = ServerKind.Hedge }.CommandLine(1, "/").Take(2)];
        var start = new ProcessStartInfo(server[0], [server[1], .. words])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new ToolRun(process.ExitCode, await output, await errors);
    }
}
