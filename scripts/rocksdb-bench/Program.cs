using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hedge.Host.Benchmarks;
using RocksDbBench;

// rocksdb-bench WORKLOAD --dir DIR --options OPTIONS --n N [--threads T] [--seconds S] [--warm-up S]
//     [--reads PERCENT] [--distribution uniform|exponential|zipfian] [--exp-range R] [--key-size B] [--value-size B]
// WORKLOAD is load, read, update or mixed. OPTIONS is RocksDB's own text form. Writes one JSON object.

string workload = args[0];
var words = new Dictionary<string, string>();
for (int i = 1; i + 1 < args.Length; i += 2) words[args[i][2..]] = args[i + 1];
if (workload is not ("load" or "read" or "update" or "mixed") || args.Length % 2 == 0)
    throw new ArgumentException("see the top of Program.cs");
long count = Number("n", 0);
int readPercent = workload switch { "read" => 100, "mixed" => (int)Number("reads", 50), _ => 0 };
DistributionKind law = Enum.Parse<DistributionKind>(words.GetValueOrDefault("distribution", "uniform"), ignoreCase: true);
double range = double.Parse(words.GetValueOrDefault("exp-range", "16.3"), CultureInfo.InvariantCulture);
using var database = new Database(
    words["dir"], words["options"], (int)Number("key-size", 24), (int)Number("value-size", 100));
if (Number("warm-up", 0) > 0) Report("warm-up", Phase(Number("warm-up", 0), seed: 1000));
Report("measured", workload == "load" ? Load() : Phase(Number("seconds", 10), seed: 1));
words["stats"] = database.Statistics();
Console.WriteLine(JsonSerializer.Serialize(words));

long Number(string name, long otherwise) =>
    words.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;

void Report(string name, (long Operations, double Seconds) phase)
{
    words[name + "-operations"] = phase.Operations.ToString(CultureInfo.InvariantCulture);
    words[name + "-seconds"] = phase.Seconds.ToString(CultureInfo.InvariantCulture);
}

(long Operations, double Seconds) Load()
{
    var random = new Randomness(1);
    long started = Stopwatch.GetTimestamp();
    // Ids in order are keys in no order.
    for (long id = 0; id < count; id++) database.Write(id, random);
    return (count, Stopwatch.GetElapsedTime(started).TotalSeconds);
}

(long Operations, double Seconds) Phase(long seconds, int seed)
{
    const double theta = 0.99;
    var done = new long[Number("threads", 1)];
    IdDistribution[] ids = [.. done.Select(_ => IdDistribution.Of(law, (ulong)count, theta, range))];
    long started = Stopwatch.GetTimestamp();
    var limit = TimeSpan.FromSeconds(seconds);
    Thread[] threads = [.. done.Select((_, number) => new Thread(() =>
    {
        var random = new Randomness((ulong)(seed + number));
        long operations = 0;
        // The clock is read once for many operations.
        while ((operations & 15) != 0 || Stopwatch.GetElapsedTime(started) < limit)
        {
            long id = (long)ids[number].Next(random, (ulong)count);
            bool reads = readPercent == 100 || (readPercent > 0 && random.Below(100) < (ulong)readPercent);
            if (reads) database.Read(id);
            else database.Write(id, random);
            operations++;
        }

        done[number] = operations;
    }))];
    foreach (Thread thread in threads) thread.Start();
    foreach (Thread thread in threads) thread.Join();
    return (done.Sum(), Stopwatch.GetElapsedTime(started).TotalSeconds);
}
