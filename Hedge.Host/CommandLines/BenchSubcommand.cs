using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using Hedge.Host.Benchmarks;
using Hedge.Host.Settings;

namespace Hedge.Host.CommandLines;

/// <summary>
/// "hedge bench": help and completion of the benchmark, made from the declarations that
/// <see cref="BenchOptionReader"/> reads its words by.
/// </summary>
internal static class BenchSubcommand
{
    /// <summary>Declares it.</summary>
    public static Command Make()
    {
        var workload = new Argument<string?>("WORKLOAD")
        {
            HelpName = "WORKLOAD",
            Description = "One of those above.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        workload.CompletionSources.Add(_ => Workload.All.Select(w => w.Name));
        var bench = new Command("bench", Summary()) { workload };
        foreach (BenchOption option in BenchOptionDeclarations.All)
        {
            bench.Add(option.IsFlag ? new Option<bool>("--" + option.Name) { Description = option.Summary }
                : HedgeCommandLine.OptionOf(
                    option.Name, "value", $"{option.Summary}; allowed: {option.Allowed}"));
        }

        foreach (Setting setting in BenchOptionDeclarations.EngineSettings)
        {
            string summary = setting == SettingDeclarations.Directory
                ? "Data directory; must be named." : $"The server's setting. {setting.Summary}";
            bench.Add(HedgeCommandLine.OptionOf(
                setting.Name, "value", $"{summary} Allowed: {setting.Allowed}"));
        }

        bench.Action = new BenchAction();
        return bench;
    }

    private static string Summary()
    {
        var text = new StringBuilder("Measures the storage engine in this process, without sockets.\n\n"
            + "Every core's thread makes operations and runs them in batches against its own partitions,\n"
            + "with the server's log, flushes and compactions. Without --use-existing the directory must\n"
            + "be empty; it is loaded first and left as it is.\n\nWorkloads:\n");
        foreach (Workload workload in Workload.All) text.Append($"  {workload.Name,-14}{workload.Summary}\n");
        return text.ToString().TrimEnd();
    }

    // The benchmark's reader names all mistakes at once, with what is allowed, so it judges every word.
    private sealed class BenchAction : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            InvocationConfiguration invocation = parseResult.InvocationConfiguration;
            string[] words = [.. parseResult.Tokens.Skip(1).Select(t => t.Value)];
            return words is [] or ["help", ..] ? new HelpAction().Invoke(parseResult)
                : BenchCommand.Run(words, invocation.Output, invocation.Error);
        }
    }
}
