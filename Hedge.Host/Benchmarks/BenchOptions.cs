using Hedge.Host.Settings;

namespace Hedge.Host.Benchmarks;

/// <summary>What is checked of every value that is read.</summary>
internal enum ValueCheck
{
    /// <summary>That it is the value written last, and that it is there: takes a byte of memory per
    /// id.</summary>
    Exact,

    /// <summary>That it is some value of that key; absence is counted only.</summary>
    Value,

    /// <summary>Nothing.</summary>
    None,
}

/// <summary>A run of the benchmark.</summary>
internal sealed record BenchOptions
{
    /// <summary>What the run is about.</summary>
    public required Workload Workload { get; init; }

    /// <summary>Ids that are there when the workload begins: 0 to this - 1.</summary>
    public long Records { get; init; } = 1_000_000;

    /// <summary>Operations of the workload; as many as records when 0, without limit when
    /// <see cref="Seconds"/> are given.</summary>
    public long Operations { get; init; }

    /// <summary>The longest a workload runs; 0 for no limit. Does not hold for loading before it.</summary>
    public long Seconds { get; init; }

    /// <summary>How long the workload runs before it is measured, so that caches hold what it uses; 0 for not
    /// at all.</summary>
    public long WarmUpSeconds { get; init; }

    /// <summary>True to show no progress.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Bytes of a key.</summary>
    public int KeyBytes { get; init; } = 24;

    /// <summary>Bytes of a value.</summary>
    public int ValueBytes { get; init; } = 100;

    /// <summary>How much of a value repeats what the rest of it holds, in percent.</summary>
    public int CompressiblePercent { get; init; }

    /// <summary>Which ids; the workload's own when null.</summary>
    public DistributionKind? Distribution { get; init; }

    /// <summary>Zipfian's exponent.</summary>
    public double Theta { get; init; } = 0.99;

    /// <summary>How skewed exponential ids are; see <see cref="ExponentialIds"/>. 16.3 over 20 million ids
    /// is as zipfian 0.99: 72 % of the draws for the hottest 1 %, 86 % for the hottest 10 %.</summary>
    public double ExponentialRange { get; init; } = 16.3;

    /// <summary>Writes that are one <see cref="Storage.Partitions.WriteBatch"/>; 1 for each by
    /// itself.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>True when ids count up in key order; by workload and distribution when null.</summary>
    public bool? OrderedKeys { get; init; }

    /// <summary>Share of reads in percent; the workload's own when null.</summary>
    public int? Reads { get; init; }

    /// <summary>Operations of a core that may wait at once: for the disk, a flush or a sync.</summary>
    public int Depth { get; init; } = 32;

    /// <summary>What is checked; exact for data of this run, value for existing data when null.</summary>
    public ValueCheck? Check { get; init; }

    /// <summary>After how many seconds the time series' keys expire.</summary>
    public int TtlSeconds { get; init; } = 10;

    /// <summary>Where pseudo-random choices begin.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Waits for flushes and compactions after loading.</summary>
    public bool Drains { get; init; }

    /// <summary>Seconds without operations at the end.</summary>
    public long RestSeconds { get; init; }

    /// <summary>Uses the data that an earlier run has left, instead of loading.</summary>
    public bool UsesExisting { get; init; }

    /// <summary>Where the report goes as JSON too.</summary>
    public string? JsonFile { get; init; }

    /// <summary>The engine's settings, as the server has them.</summary>
    public ServerSettings Engine { get; init; } = ServerSettings.Defaults;

    /// <summary>The distribution in use.</summary>
    public DistributionKind EffectiveDistribution => Distribution ?? Workload.Distribution;

    /// <summary>Whether keys are ordered.</summary>
    public bool AreKeysOrdered => OrderedKeys
        ?? (Workload.IsTimeSeries || (Workload.IsLoad && Distribution == DistributionKind.Sequential));

    /// <summary>The check in use: what a time series has let expire is no fault.</summary>
    public ValueCheck EffectiveCheck => Workload.IsTimeSeries && Check != ValueCheck.None ? ValueCheck.Value
        : Check ?? (UsesExisting ? ValueCheck.Value : ValueCheck.Exact);

    /// <summary>The workload with the shares in use.</summary>
    public Workload EffectiveWorkload => Reads is { } percent ? Workload.WithReads(percent) : Workload;

    /// <summary>Operations of the workload, all cores together.</summary>
    public long OperationsMax => Workload.IsLoad || Workload.IsBulk ? Records
        : Operations > 0 ? Operations : Seconds > 0 ? long.MaxValue : Records;
}
