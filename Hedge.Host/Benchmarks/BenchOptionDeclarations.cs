using System.Globalization;
using Hedge.Host.Settings;

namespace Hedge.Host.Benchmarks;

/// <summary>One option of the benchmark: the source of its parsing, its messages and its help.</summary>
/// <param name="Name">Without the dashes.</param>
/// <param name="Allowed">Its values in words; empty for one that takes none.</param>
/// <param name="Summary">One line for the help.</param>
/// <param name="Apply">The options with the value in place, or null when it is not allowed.</param>
internal sealed record BenchOption(string Name, string Allowed, string Summary,
    Func<BenchOptions, string, BenchOptions?> Apply)
{
    /// <summary>True for one that takes no value.</summary>
    public bool IsFlag => Allowed.Length == 0;
}

/// <summary>All options of the benchmark but the engine's own settings.</summary>
internal static class BenchOptionDeclarations
{
    /// <summary>Most ids: two of them multiplied stay below 2^64.</summary>
    public const long RecordsMax = 4_000_000_000;

    private const string Numbers = " (units: k, m, g: thousands)";

    /// <summary>The server's settings that the benchmark takes too.</summary>
    public static IReadOnlyList<Setting> EngineSettings { get; } =
    [
        SettingDeclarations.Directory, SettingDeclarations.Cores, SettingDeclarations.MaxMemory,
        SettingDeclarations.AppendFsync, SettingDeclarations.MemtableBytes,
        SettingDeclarations.BlockCacheBytes, SettingDeclarations.Partitions,
        SettingDeclarations.LogSegmentBytes, SettingDeclarations.CompactionPolicy,
        SettingDeclarations.ValueLogThreshold, SettingDeclarations.Io,
        SettingDeclarations.Compression, SettingDeclarations.CompressionUpper,
    ];

    /// <summary>The benchmark's own.</summary>
    public static IReadOnlyList<BenchOption> All { get; } =
    [
        Number("n", 1, RecordsMax, "records; the keys of ids 0 to n - 1 [1m]",
            (o, v) => o with { Records = v }),
        Number("ops", 1, long.MaxValue / 2, "operations of the workload [n]",
            (o, v) => o with { Operations = v }),
        Number("seconds", 1, 1_000_000, "the longest the workload runs; loading before it is not limited",
            (o, v) => o with { Seconds = v }),
        Number("warm-up", 1, 1_000_000, "seconds of the workload before it is measured; reported apart",
            (o, v) => o with { WarmUpSeconds = v }),
        Number("key-size", KeySpace.KeyBytesMin, 1024, "bytes of a key [24]",
            (o, v) => o with { KeyBytes = (int)v }),
        Number("value-size", ValueMaker.ValueBytesMin, 1 << 20, "bytes of a value [100]",
            (o, v) => o with { ValueBytes = (int)v }),
        Number("compressible", 0, 95, "share of a value, in percent, that compresses away [0]",
            (o, v) => o with { CompressiblePercent = (int)v }),
        Choice<DistributionKind>("distribution", "which ids; by the workload when not given",
            (o, v) => o with { Distribution = v }),
        new("theta", "0.01…0.999", "zipfian's exponent [0.99]", (o, text) =>
            double.TryParse(text, CultureInfo.InvariantCulture, out double theta)
            && theta is >= 0.01 and <= 0.999 ? o with { Theta = theta } : null),
        new("exp-range", "0.1…40", "exponential's range: the law of db_bench's --read_random_exp_range "
            + "[16.3]", (o, text) => double.TryParse(text, CultureInfo.InvariantCulture, out double range)
            && range is >= 0.1 and <= 40 ? o with { ExponentialRange = range } : null),
        Number("batch", 1, 10_000, "writes that become one log record, for load and update: one WriteBatch, "
            + "whose latency is told as one [1]", (o, v) => o with { Batch = (int)v }),
        new("keys", "mixed, ordered", "whether ids count up in key order; ordered for timeseries and for "
            + "a sequential load, mixed otherwise", (o, text) => text switch
            {
                "mixed" => o with { OrderedKeys = false },
                "ordered" => o with { OrderedKeys = true },
                _ => null,
            }),
        Number("reads", 0, 100, "share of reads in percent, for mixed and timeseries",
            (o, v) => o with { Reads = (int)v }),
        Number("depth", 1, 1024, "operations of a core that may wait at once [32]",
            (o, v) => o with { Depth = (int)v }),
        Choice<ValueCheck>("check", "exact: every value is the one written last (1 byte of memory per id); "
            + "value: it is one of that key's; none [exact; value with --use-existing]",
            (o, v) => o with { Check = v }),
        Number("ttl", 1, 1_000_000, "seconds after which timeseries' keys expire [10]",
            (o, v) => o with { TtlSeconds = (int)v }),
        Number("seed", 0, long.MaxValue, "where pseudo-random choices begin [1]",
            (o, v) => o with { Seed = (ulong)v }),
        new("drain", "", "wait for flushes and compactions after loading; reported apart",
            (o, _) => o with { Drains = true }),
        Number("rest", 1, 100_000, "seconds of idling at the end, in which what is dead is merged away; "
            + "reported apart", (o, v) => o with { RestSeconds = v }),
        new("use-existing", "", "use the data that an earlier run has left in --dir, with the same --n, "
            + "sizes and --keys", (o, _) => o with { UsesExisting = true }),
        new("quiet", "", "no progress on the error stream", (o, _) => o with { IsQuiet = true }),
        new("json", "a file", "write the report there as JSON too",
            (o, text) => o with { JsonFile = text }),
    ];

    private static BenchOption Number(string name, long min, long max, string summary,
        Func<BenchOptions, long, BenchOptions> apply) =>
        new(name, $"{min}…{max}{(max > 1_000_000 ? Numbers : "")}", summary, (options, text) =>
            MemorySetting.TryParseBytes(text, out long value) && value >= min && value <= max
                ? apply(options, value) : null);

    private static BenchOption Choice<T>(string name, string summary,
        Func<BenchOptions, T, BenchOptions> apply)
        where T : struct, Enum
    {
        T[] values = Enum.GetValues<T>();
        return new BenchOption(name, string.Join(", ", values.Select(Word)), summary, (options, text) =>
        {
            int index = Array.FindIndex(values, v => Word(v) == text);
            return index < 0 ? null : apply(options, values[index]);
        });
    }

#pragma warning disable CA1308 // Words on the command line are in lower case.
    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}
