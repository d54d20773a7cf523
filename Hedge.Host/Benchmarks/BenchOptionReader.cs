using Hedge.Host.Settings;

namespace Hedge.Host.Benchmarks;

/// <summary>What came out of reading the benchmark's command line.</summary>
/// <param name="Options">The run, or null when there are problems: it does not start then.</param>
/// <param name="Problems">Everything that is wrong, one line each, with what is allowed.</param>
internal sealed record BenchReading(BenchOptions? Options, IReadOnlyList<string> Problems);

/// <summary>Reads the benchmark's command line. All problems are gathered, none is thrown.</summary>
internal sealed class BenchOptionReader
{
    private readonly object[] _engine = ServerSettings.Defaults.CopyValues();
    private readonly List<string> _problems = [];
    private bool _hasDirectory;

    private BenchOptionReader()
    {
    }

    /// <summary>Reads "WORKLOAD --option value --option=value --flag…".</summary>
    public static BenchReading Read(IReadOnlyList<string> words)
    {
        var reader = new BenchOptionReader();
        BenchOptions? options = reader.ReadAll(words);
        return new BenchReading(reader._problems.Count == 0 ? options : null, reader._problems);
    }

    private BenchOptions? ReadAll(IReadOnlyList<string> words)
    {
        string names = string.Join(", ", Workload.All.Select(w => w.Name));
        if (words.Count == 0 || Workload.Find(words[0]) is not { } workload)
        {
            _problems.Add(words.Count == 0 ? $"a workload is needed; allowed: {names}"
                : $"\"{words[0]}\" is no workload; allowed: {names}");
            return null;
        }

        var options = new BenchOptions { Workload = workload };
        for (int i = 1; i < words.Count; i++) options = ReadOption(words, ref i, options);
        if (!_hasDirectory) _problems.Add("--dir is needed: the data directory, empty or not there yet");
        Check(options);
        return _problems.Count == 0 ? options with { Engine = new ServerSettings(_engine) } : null;
    }

    private BenchOptions ReadOption(IReadOnlyList<string> words, ref int i, BenchOptions options)
    {
        string word = words[i];
        if (!word.StartsWith("--", StringComparison.Ordinal))
        {
            _problems.Add($"\"{word}\" is not expected: options begin with --");
            return options;
        }

        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word[2..] : word[2..equals];
        BenchOption? own = BenchOptionDeclarations.All.FirstOrDefault(o => o.Name == name);
        Setting? engine = BenchOptionDeclarations.EngineSettings.FirstOrDefault(s => s.Name == name);
        if (own is null && engine is null)
        {
            _problems.Add($"--{name}: there is no such option; allowed: {NamesOfAll()}");
            if (equals < 0 && i + 1 < words.Count && !IsOption(words[i + 1])) i++;
            return options;
        }

        string? value = equals < 0 ? null : word[(equals + 1)..];
        if (own is { IsFlag: true })
        {
            if (value != null) _problems.Add($"--{name}: takes no value");
            return own.Apply(options, "")!;
        }

        if (value is null && i + 1 < words.Count && !IsOption(words[i + 1])) value = words[++i];
        if (value is null)
        {
            _problems.Add($"--{name}: needs a value; allowed: {own?.Allowed ?? engine!.Allowed}");
            return options;
        }

        if (own is null)
        {
            Set(engine!, value);
            return options;
        }

        if (own.Apply(options, value) is { } changed) return changed;
        _problems.Add($"--{name}: \"{value}\" is not allowed; allowed: {own.Allowed}");
        return options;
    }

    private void Set(Setting setting, string text)
    {
        if (setting == SettingDeclarations.Directory) _hasDirectory = true;
        object? value = setting.Parse(text, _engine[setting.Index], out string problem);
        if (value is null)
        {
            _problems.Add(
                $"--{setting.Name}: \"{text}\" is not allowed: {problem}; allowed: {setting.Allowed}");
        }
        else _engine[setting.Index] = value;
    }

    private void Check(BenchOptions options)
    {
        Workload workload = options.Workload;
        if (options.Reads is not null && !workload.TakesReads)
            _problems.Add("--reads: is for mixed and timeseries only");
        if (options.Batch > 1 && !workload.TakesBatch) _problems.Add("--batch: is for load and update only");
        if (options.UsesExisting && (workload.IsLoad || workload.IsBulk || workload.IsTimeSeries))
            _problems.Add($"--use-existing: {workload.Name} makes its own data");
        if (options.UsesExisting && options.Check == ValueCheck.Exact)
            _problems.Add("--check: exact is not known of existing data; allowed: value, none");
        if (options.Operations > 0 && (workload.IsLoad || workload.IsBulk))
            _problems.Add($"--ops: {workload.Name} writes each of the --n records once");
        if (options.WarmUpSeconds > 0 && !workload.CanRepeat)
            _problems.Add($"--warm-up: {workload.Name} writes or removes each of its keys once");
        bool isUniform = options.Distribution is null or DistributionKind.Uniform;
        if (workload.IsLoad && !isUniform && options.Distribution != DistributionKind.Sequential)
            _problems.Add("--distribution: load writes every id once; allowed: uniform, sequential");
        if (workload.IsBulk && !isUniform)
            _problems.Add("--distribution: bulk loads every id once, in key order");
    }

    private static string NamesOfAll() => string.Join(", ",
        BenchOptionDeclarations.All.Select(o => $"--{o.Name}")
            .Concat(BenchOptionDeclarations.EngineSettings.Select(s => $"--{s.Name}")));

    private static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);
}
