using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hedge.Host.Tools;

namespace Hedge.Host.Benchmarks;

/// <summary>"hedge bench": measures the storage engine in this process, without sockets.</summary>
internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    /// <summary>Runs it. Returns the process's exit code (<see cref="ToolExit"/>).</summary>
    /// <param name="words">The command line after "bench".</param>
    /// <param name="output">The report.</param>
    /// <param name="errors">Progress, and what is wrong.</param>
    public static int Run(IReadOnlyList<string> words, TextWriter output, TextWriter errors)
    {
        BenchReading reading = BenchOptionReader.Read(words);
        if (reading.Options is not { } options)
        {
            foreach (string problem in reading.Problems) errors.WriteLine(problem);
            errors.WriteLine("\"hedge help bench\" shows all options");
            return ToolExit.Failed;
        }

        ToolProgress progress = ToolProgress.Of(errors, options.IsQuiet);
        var run = new BenchRun(options, output, progress);
        string? failure;
        try
        {
            failure = run.Execute();
        }
        catch (Exception problem)
            when (problem is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            failure = problem.Message;
        }

        progress.End();
        if (options.JsonFile is { } file)
        {
            try
            {
                string report = JsonSerializer.Serialize(ReportOf(words, options, run, failure), Json);
                File.WriteAllText(file, report);
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                failure ??= $"--json: {problem.Message}";
            }
        }

        if (failure is not null) errors.WriteLine(failure);
        return failure is null ? ToolExit.Done : ToolExit.Failed;
    }

    private static BenchReport ReportOf(
        IReadOnlyList<string> words, BenchOptions options, BenchRun run, string? failure) => new()
        {
            CommandLine = $"hedge bench {string.Join(' ', words)}",
            Version = typeof(BenchCommand).Assembly
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Machine = new MachineReport(RuntimeInformation.OSDescription,
                RuntimeInformation.FrameworkDescription, Processor(), Environment.ProcessorCount,
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, run.IoDescription),
            Settings = SettingsOf(options),
            Failure = failure,
            Phases = run.Reports,
        };

    private static Dictionary<string, string> SettingsOf(BenchOptions options)
    {
        var settings = BenchOptionDeclarations.EngineSettings.ToDictionary(
            s => s.Name, options.Engine.Text);
        settings["n"] = $"{options.Records}";
        settings["key-size"] = $"{options.KeyBytes}";
        settings["value-size"] = $"{options.ValueBytes}";
        settings["distribution"] = $"{options.EffectiveDistribution}";
        settings["check"] = $"{options.EffectiveCheck}";
        settings["exp-range"] = options.ExponentialRange.ToString(CultureInfo.InvariantCulture);
        settings["batch"] = $"{options.Batch}";
        settings["keys"] = options.AreKeysOrdered ? "ordered" : "mixed";
        settings["depth"] = $"{options.Depth}";
        settings["seed"] = $"{options.Seed}";
        return settings;
    }

    private static string Processor()
    {
        const string model = "model name";
        const string file = "/proc/cpuinfo";
        string? line = !File.Exists(file) ? null
            : File.ReadLines(file).FirstOrDefault(l => l.StartsWith(model, StringComparison.Ordinal));
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
