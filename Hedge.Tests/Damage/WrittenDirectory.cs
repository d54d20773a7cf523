using System.Globalization;
using System.Text;
using Hedge.Storage;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Damage;

/// <summary>How a data directory came to be as it is.</summary>
/// <param name="Cores">Cores that wrote it.</param>
/// <param name="Policy">When their logs were synced.</param>
/// <param name="IsClosed">True after a stop in order, false after a kill.</param>
/// <param name="IdleMilliseconds">How long nothing was written before a kill.</param>
internal sealed record WrittenBy(int Cores, SyncPolicy Policy, bool IsClosed, int IdleMilliseconds = 1500)
{
    /// <summary>True when all that was acknowledged is known to be durable: none of it may vanish.</summary>
    public bool KnowsAll => IsClosed || (Policy != SyncPolicy.No && IdleMilliseconds >= 1500);
}

/// <summary>A data directory on a simulated disk with runs, value files, several log segments and what is in
/// the log alone, and a model of what was acknowledged.</summary>
internal sealed class WrittenDirectory
{
    private const int Partitions = 4;
    private const int Keys = 260;
    private readonly SimClock _clock = new();
    private readonly SimSeed _seed;
    private readonly Dictionary<string, List<string>> _values = [];
    private readonly ulong[] _sequences = new ulong[Partitions];

    public WrittenDirectory(ulong seed, WrittenBy by)
    {
        _seed = new SimSeed(seed);
        By = by;
        Disk = new SimDisk(seed, _clock);
        // Two lives: the second one leaves value files that were segments of the first.
        Live(0, Keys / 2, isLast: false);
        Live(Keys / 2, Keys, isLast: true);
    }

    /// <summary>How a start went.</summary>
    internal enum Outcome
    {
        /// <summary>All is there.</summary>
        Harmless,

        /// <summary>The start was refused.</summary>
        Refused,

        /// <summary>Reads of some keys fail with an error, all others are right.</summary>
        Reported,

        /// <summary>Something that nobody knew to be durable is gone.</summary>
        Lost,
    }

    public WrittenBy By { get; }

    public SimDisk Disk { get; }

    /// <summary>All files.</summary>
    public IEnumerable<string> Files => Under(Disk, "data");

    public static IEnumerable<string> Under(SimDisk disk, string path)
    {
        foreach (string name in disk.List(path))
        {
            string inner = $"{path}/{name}";
            if (name is "log" || (name[0] == 'p' && char.IsAsciiDigit(name[1])))
            {
                foreach (string file in Under(disk, inner)) yield return file;
            }
            else yield return inner;
        }
    }

    /// <summary>Starts on a copy of the directory that something has happened to, and reads everything.
    /// </summary>
    /// <param name="disk">The copy.</param>
    /// <param name="cores">Cores to start with.</param>
    /// <param name="loadsTruncated">log-load-truncated.</param>
    /// <param name="report">What was found; the message of a refusal.</param>
    /// <param name="counts">True to compare how much the server says is lost with how much is.</param>
    /// <exception cref="InvalidOperationException">Something that was known to be durable is gone silently,
    /// or a value is wrong.</exception>
    public Outcome Start(
        SimDisk disk, int cores, bool loadsTruncated, out string report, bool counts = true)
    {
        SimNode node;
        try
        {
            node = new SimNode(disk, _clock, _seed.Split(), Options(cores, loadsTruncated), By.Policy);
        }
        catch (IOException refusal)
        {
            report = refusal.Message;
            return Outcome.Refused;
        }

        int failed = 0;
        int lost = 0;
        foreach ((string key, List<string> values) in _values)
        {
            try
            {
                string? value = node.Get(node.Engine.Partitions[PartitionOf(key)], key);
                if (value == values[^1]) continue;
                if (value is not null && !values.Contains(value))
                    throw new InvalidOperationException($"{key} has a value that it never had");
                lost++;
            }
            catch (ReadFailedException)
            {
                failed++;
            }
        }

        long missing = node.Engine.Partitions.Sum(partition =>
            (long)(_sequences[partition.Index] - partition.Sequence));
        long said = node.Engine.Recovery.OperationsLost;
        report = string.Create(CultureInfo.InvariantCulture,
            $"{failed} reads failed, {lost} keys lost, {missing} operations missing, {said} said to be lost");
        node.Close();
        Outcome outcome =
            lost > 0 ? Outcome.Lost : failed > 0 ? Outcome.Reported : Outcome.Harmless;
        if (!counts) return outcome;
        if (said > missing) throw new InvalidOperationException($"more is said to be lost than is: {report}");
        if (By.KnowsAll && said != missing) throw new InvalidOperationException($"a false count: {report}");
        return outcome;
    }

    private static EngineOptions Options(int cores, bool loadsTruncated) => new()
    {
        Directory = "data",
        Cores = cores,
        Partitions = Partitions,
        Databases = 2,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 12 * 1024,
        ValueLogThreshold = 1024,
        LoadsTruncatedLog = loadsTruncated,
        Log = new LogSettings { SegmentBytes = 32 * 1024 },
        Compaction = new CompactionOptions { RunsMin = 4, CleanRunsMin = 4, SmallBytes = 4096 },
    };

    private void Live(int from, int to, bool isLast)
    {
        SimNode node = new(Disk, _clock, _seed.Split(), Options(By.Cores, false), By.Policy);
        for (int i = from; i < to; i++)
        {
            string key = $"key{i % (Keys - 40)}";
            int length = _seed.Chance(0.3) ? 1100 + _seed.Below(2000) : 10 + _seed.Below(300);
            string value = $"{i}.".PadRight(length, (char)('a' + (i % 26)));
            Put(node, i % By.Cores, key, value);
            if (!_values.TryGetValue(key, out List<string>? values)) _values.Add(key, values = []);
            values.Add(value);
            _clock.Advance(2000);
            for (int core = 0; core < By.Cores; core++) node.TickAndTurn(core);
        }

        bool closes = By.IsClosed || !isLast;
        node.Until(() => false, closes ? 300 : By.IdleMilliseconds);
        foreach (Partition partition in node.Engine.Partitions)
            _sequences[partition.Index] = partition.Sequence;
        if (closes) node.Close();
        else
        {
            Disk.Kill();
            node.Abandon();
        }
    }

    private static void Put(SimNode node, int core, string key, string value)
    {
        Partition partition = node.Engine.Partitions[PartitionOf(key)];
        byte[] bytes = Workload.Bytes(key);
        node.Run(core, storage =>
        {
            partition.Put(storage, 0, bytes, partition.Hash(0, bytes), RecordType.String, 0,
                Workload.Bytes(value), 0);
            return true;
        });
    }

    private static int PartitionOf(string key) =>
        (int)(Crc32C.Compute(Encoding.Latin1.GetBytes(key)) % Partitions);
}
