namespace Hedge.Host.Benchmarks;

/// <summary>What one operation does.</summary>
internal enum OperationKind
{
    /// <summary>A look-up of a key that is there.</summary>
    Read,

    /// <summary>A look-up of a key that has never been there.</summary>
    ReadMissing,

    /// <summary>A blind overwrite.</summary>
    Update,

    /// <summary>A write of the next new key.</summary>
    Insert,

    /// <summary>A look-up and an overwrite, as one command.</summary>
    ReadModifyWrite,

    /// <summary>A walk over keys in order, within partitions.</summary>
    Scan,

    /// <summary>A look-up and a removal of the next key.</summary>
    Delete,
}

/// <summary>A mix of operations, in percent.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Summary">One line for the help.</param>
/// <param name="Shares">Operations and their shares, 100 in all.</param>
internal sealed record Workload(string Name, string Summary,
    IReadOnlyList<(OperationKind Kind, int Percent)> Shares)
{
    /// <summary>The distribution when none is named.</summary>
    public DistributionKind Distribution { get; init; } = DistributionKind.Uniform;

    /// <summary>Keys of a scan, at least.</summary>
    public int ScanMin { get; init; } = 1;

    /// <summary>Keys of a scan, at most.</summary>
    public int ScanMax { get; init; } = 100;

    /// <summary>Ids count up in key order, and written keys expire.</summary>
    public bool IsTimeSeries { get; init; }

    /// <summary>True when it makes its own data.</summary>
    public bool IsLoad => Name == "load";

    /// <summary>True when it loads a sorted file past the log.</summary>
    public bool IsBulk => Name == "bulk";

    /// <summary>True when it may run again over the same data: no operation takes the next key.</summary>
    public bool CanRepeat =>
        Shares.All(share => share.Kind is not (OperationKind.Insert or OperationKind.Delete));

    /// <summary>True when all its operations are blind writes, which may be batched.</summary>
    public bool TakesBatch => Name is "load" or "update";

    /// <summary>True when it has operations that read and operations that update: --reads sets the
    /// shares.</summary>
    public bool TakesReads => Name is "mixed" or "timeseries";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("load", "writes n new keys", [(OperationKind.Insert, 100)]),
        new("bulk", "loads n new keys from a sorted file, past the log: each partition's part is one run",
            [(OperationKind.Insert, 100)]),
        new("read", "looks up keys that are there", [(OperationKind.Read, 100)]),
        new("readmissing", "looks up keys that are not there", [(OperationKind.ReadMissing, 100)]),
        new("update", "overwrites keys without reading them", [(OperationKind.Update, 100)]),
        new("mixed", "reads and updates, half and half or by --reads",
            [(OperationKind.Read, 50), (OperationKind.Update, 50)]),
        new("delete", "looks up and removes each key once", [(OperationKind.Delete, 100)]),
        new("scan-short", "walks 1 to 100 keys in order", [(OperationKind.Scan, 100)]),
        new("scan-medium", "walks 512 to 1024 keys", [(OperationKind.Scan, 100)])
        {
            ScanMin = 512,
            ScanMax = 1024,
        },
        new("scan-long", "walks 100,000 keys", [(OperationKind.Scan, 100)])
        {
            ScanMin = 100_000,
            ScanMax = 100_000,
        },
        new("timeseries", "appends ascending keys that expire after --ttl, and reads recent ones "
            + "(10 % or by --reads)", [(OperationKind.Read, 10), (OperationKind.Insert, 90)])
        {
            Distribution = DistributionKind.Latest,
            IsTimeSeries = true,
        },
        new("ycsb-a", "half reads, half updates", [(OperationKind.Read, 50), (OperationKind.Update, 50)])
        {
            Distribution = DistributionKind.Zipfian,
        },
        new("ycsb-b", "95 % reads, 5 % updates", [(OperationKind.Read, 95), (OperationKind.Update, 5)])
        {
            Distribution = DistributionKind.Zipfian,
        },
        new("ycsb-c", "reads", [(OperationKind.Read, 100)]) { Distribution = DistributionKind.Zipfian },
        new("ycsb-d", "95 % reads of recent keys, 5 % new keys",
            [(OperationKind.Read, 95), (OperationKind.Insert, 5)])
        {
            Distribution = DistributionKind.Latest,
        },
        new("ycsb-e", "95 % scans of 1 to 100 keys, 5 % new keys",
            [(OperationKind.Scan, 95), (OperationKind.Insert, 5)])
        {
            Distribution = DistributionKind.Zipfian,
        },
        new("ycsb-f", "half reads, half reads with an overwrite",
            [(OperationKind.Read, 50), (OperationKind.ReadModifyWrite, 50)])
        {
            Distribution = DistributionKind.Zipfian,
        },
    ];

    /// <summary>The workload of that name, or null.</summary>
    public static Workload? Find(string name) =>
        All.FirstOrDefault(w => w.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The same with another share of reads.</summary>
    public Workload WithReads(int percent) => this with
    {
        Shares = [(Shares[0].Kind, percent), (Shares[1].Kind, 100 - percent)],
    };
}
