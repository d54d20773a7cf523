using System.CommandLine;
using Hedge.Host.Tools;

namespace Hedge.Host.CommandLines;

/// <summary>"hedge salvage": a new data directory of what is whole in a damaged one.</summary>
internal static class SalvageSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        Argument<string> directory = new("DIR") { Description = "The damaged data directory, only read." };
        Argument<string> target = new("OUT") { Description = "The new data directory: missing or empty." };
        Option<long> memory = CheckSubcommand.MemoryOption();
        Option<bool> doubtful = new("--drop-doubtful")
        {
            Description = "Leave out keys whose newer version may be in what is lost.",
        };
        Option<bool> json = new("--json") { Description = "One JSON object a line." };
        Option<bool> quiet = new("--quiet") { Description = "No progress on the error stream." };
        Command salvage = new("salvage", "Makes a new data directory of all that is whole in a damaged one, "
            + "and says what is lost.\nExit code: 0 nothing is lost, 1 it could not be done, 2 something is "
            + "lost.")
        {
            directory, target, memory, doubtful, json, quiet,
        };
        salvage.SetAction(parsed =>
        {
            InvocationConfiguration invocation = parsed.InvocationConfiguration;
            SalvageWords words = new(parsed.GetRequiredValue(directory), parsed.GetRequiredValue(target),
                parsed.GetValue(memory), parsed.GetValue(doubtful), parsed.GetValue(json));
            ToolProgress progress = ToolProgress.Of(invocation.Error, parsed.GetValue(quiet));
            return SalvageTool.Run(words, invocation.Output, invocation.Error, progress);
        });
        return salvage;
    }
}
