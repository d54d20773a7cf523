using System.CommandLine;
using Hedge.Host.Settings;
using Hedge.Host.Tools;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge check": verifies a data directory.</summary>
internal static class CheckSubcommand
{
    private const long MemoryBytesMin = 16L << 20;

    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        Argument<string> directory = new("DIR") { Description = "The data directory of a stopped server." };
        Option<long> memory = MemoryOption();
        Option<string> temporary = TemporaryOption();
        Option<bool> json = new("--json") { Description = "One JSON object a line." };
        Option<bool> quiet = new("--quiet") { Description = "No progress on the error stream." };
        Command check = new("check", "Verifies a data directory: all checksums, and that all parts fit each "
            + "other. Writes nothing in it.\nExit code: 0 whole, 1 could not be checked, 2 damaged.")
        {
            directory, memory, temporary, json, quiet,
        };
        check.SetAction(parsed =>
        {
            InvocationConfiguration invocation = parsed.InvocationConfiguration;
            CheckWords words = new(parsed.GetRequiredValue(directory), parsed.GetValue(memory),
                parsed.GetRequiredValue(temporary), parsed.GetValue(json));
            ToolProgress progress = ToolProgress.Of(invocation.Error, parsed.GetValue(quiet));
            return CheckTool.Run(words, invocation.Output, invocation.Error, progress);
        });
        return check;
    }

    /// <summary>"--memory".</summary>
    internal static Option<long> MemoryOption() => new("--memory")
    {
        Description = "Memory for blocks, records and read-ahead, from 16mb on. [256mb]",
        HelpName = "bytes",
        DefaultValueFactory = _ => 256L << 20,
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            if (MemorySetting.TryParseBytes(word, out long bytes) && bytes >= MemoryBytesMin) return bytes;
            result.AddError($"--memory {word}: bytes from 16mb on (units: b, k, kb, m, mb, g, gb)");
            return 0;
        },
    };

    /// <summary>"--temp".</summary>
    internal static Option<string> TemporaryOption() => new("--temp")
    {
        Description = "Directory for what a start would write, as long as the logs. [the system's]",
        HelpName = "dir",
        DefaultValueFactory = _ => Path.GetTempPath(),
    };
}
