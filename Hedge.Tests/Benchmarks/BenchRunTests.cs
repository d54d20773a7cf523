using System.Text.Json;
using Hedge.Host.Benchmarks;
using Hedge.Storage.Cores;
using Hedge.Storage.Logs;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Benchmarks;

/// <summary>Small runs of the benchmark on the real disk, every value checked.</summary>
[TestFixture]
[Category("fast")]
public sealed class BenchRunTests
{
    private const string Small =
        "--n 4000 --value-size 400 --maxmemory 2mb --block-cache-bytes 1mb --memtable-bytes 256kb "
        + "--log-segment-bytes 2mb --partitions 4";

    private string _folder = "";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hedge-bench-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("load --drain")]
    [TestCase("load --rest 1")]
    [TestCase("load --distribution sequential --cores 2")]
    [TestCase("load --batch 7 --cores 2")]
    [TestCase("bulk --drain")]
    [TestCase("read --distribution exponential --exp-range 5")]
    [TestCase("update --batch 100 --ops 8003")]
    [TestCase("update --batch 10 --appendfsync always --ops 2000")]
    [TestCase("read --ops 6000")]
    [TestCase("read --depth 1 --distribution zipfian")]
    [TestCase("readmissing")]
    [TestCase("mixed --reads 30 --cores 2")]
    [TestCase("update --ops 8000")]
    [TestCase("update --appendfsync always --ops 500")]
    [TestCase("delete")]
    [TestCase("scan-short --ops 300")]
    [TestCase("scan-medium --ops 20")]
    [TestCase("scan-long --ops 2")]
    [TestCase("timeseries --ttl 1 --ops 20000")]
    [TestCase("ycsb-a")]
    [TestCase("ycsb-b")]
    [TestCase("ycsb-c")]
    [TestCase("ycsb-d")]
    [TestCase("ycsb-e --ops 300")]
    [TestCase("ycsb-f")]
    public void A_workload_runs_to_its_end_with_every_value_right(string line)
    {
        JsonElement phases = Run($"{line} {Small}").GetProperty("phases");
        JsonElement main = phases.EnumerateArray().Single(
            p => p.GetProperty("name").GetString() == line.Split(' ')[0]);
        long operations = main.GetProperty("operations").GetInt64();
        BenchOptions options = BenchOptionReader.Read([.. Words($"{line} {Small}")]).Options!;
        Assert.That(operations, Is.EqualTo(options.OperationsMax));
        if (line.Contains("--drain", StringComparison.Ordinal))
        {
            JsonElement last = phases[phases.GetArrayLength() - 1];
            Assert.That(last.GetProperty("name").GetString(), Is.EqualTo("drain"));
            Assert.That(last.GetProperty("runSpaceAmplification").GetDouble(), Is.GreaterThan(0.9));
        }
    }

    [Test]
    public void Reads_of_data_beyond_the_memory_come_from_disk()
    {
        JsonElement read = Run($"read {Small} --drain").GetProperty("phases")[2];
        Assert.Multiple(() =>
        {
            Assert.That(read.GetProperty("hits").GetInt64(), Is.EqualTo(4000));
            Assert.That(read.GetProperty("blockReads").GetInt64(), Is.GreaterThan(100));
            Assert.That(read.GetProperty("waited").GetInt64(), Is.GreaterThan(100));
        });
    }

    [Test]
    public void Writers_that_run_ahead_of_the_flushes_wait_and_lose_nothing()
    {
        JsonElement load = Run($"load {Small} --memtable-bytes 64kb --depth 4 --cores 2")
            .GetProperty("phases")[0];
        Assert.Multiple(() =>
        {
            Assert.That(load.GetProperty("operations").GetInt64(), Is.EqualTo(4000));
            Assert.That(load.GetProperty("stalled").GetInt64(), Is.GreaterThan(0));
            Assert.That(load.GetProperty("stallSeconds").GetDouble(), Is.GreaterThan(0));
            Assert.That(load.GetProperty("flushes").GetInt64(), Is.GreaterThan(4));
        });
    }

    [Test]
    public void A_workload_of_some_seconds_goes_on_that_long_on_every_core()
    {
        JsonElement read = Run($"read {Small} --seconds 1 --cores 2").GetProperty("phases")[1];
        Assert.That(read.GetProperty("operations").GetInt64(), Is.GreaterThan(4000));
    }

    [Test]
    public void Warming_up_is_a_phase_of_its_own()
    {
        JsonElement phases = Run(
            $"read {Small} --warm-up 1 --seconds 1 --ops 4000 --distribution exponential --exp-range 12")
            .GetProperty("phases");
        Assert.That(string.Join(' ', phases.EnumerateArray().Select(p => p.GetProperty("name").GetString())),
            Is.EqualTo("load warm-up read"));
        Assert.Multiple(() =>
        {
            Assert.That(phases[1].GetProperty("operations").GetInt64(), Is.GreaterThan(4000), "by time");
            Assert.That(phases[2].GetProperty("operations").GetInt64(), Is.EqualTo(4000), "by number");
        });
    }

    [TestCase("load")]
    [TestCase("load --batch 33")]
    [TestCase("bulk --cores 2")]
    public void Existing_data_is_used_again(string load)
    {
        Run($"{load} {Small}");
        JsonElement read = Run($"read {Small} --use-existing --cores 2").GetProperty("phases")[0];
        Assert.That(read.GetProperty("hits").GetInt64(), Is.EqualTo(4000));
        Assert.That(Directory.GetFiles(_folder, "*.bench-load"), Is.Empty);
    }

    [Test]
    public void A_directory_with_something_in_it_is_left_alone()
    {
        Run($"load {Small}");
        Assert.That(RunFailing($"load {Small}"), Does.Contain("is not empty"));
    }

    [Test]
    public void A_wrong_value_ends_the_run_with_an_error()
    {
        Run($"load {Small}");
        string error = RunFailing($"read {Small} --use-existing --value-size 399");
        Assert.That(error, Does.Contain("wrong value").And.Contain("the bytes are no value of this key"));
    }

    [Test]
    public void A_stale_value_and_a_lost_key_are_wrong_values()
    {
        BenchOptions options = BenchOptionReader.Read(["read", "--dir", _folder, "--cores", "1"]).Options!;
        SimSeed seed = new(1);
        SimClock clock = new();
        using SimNode node = new(new SimDisk(1, clock), clock, seed,
            new EngineOptions { Directory = "data", Partitions = 1 }, SyncPolicy.EverySecond);
        Assert.Multiple(() =>
        {
            Assert.That(FaultAfter(node, options, versions => versions.Advance(5)),
                Does.Contain("version 1 was written last, but version 0 is there"));
            Assert.That(FaultAfter(node, options, versions => versions.Remove(5)),
                Does.Contain("it was removed, but version 0 is there"));
            Assert.That(FaultAfter(node, options, _ => { }), Is.Null);
            Assert.That(FaultAfter(node, options, _ => { }, read: 6),
                Does.Contain("version 0 was written, but nothing is there"));
        });
    }

    private static string? FaultAfter(
        SimNode node, BenchOptions options, Action<Versions> tamper, ulong read = 5)
    {
        var shared = new BenchShared
        {
            Options = options,
            Engine = node.Engine,
            Keys = new KeySpace(options.KeyBytes, false),
            Versions = new Versions(100),
            Policy = SyncPolicy.EverySecond,
        };
        var runner = new OperationRunner(shared, node.Cores[0], node.Engine.Partitions);
        runner.Run(Operation(shared, OperationKind.Insert, 5));
        tamper(shared.Versions);
        runner.Run(Operation(shared, OperationKind.Read, read));
        return shared.Failure;
    }

    private static BenchOperation Operation(BenchShared shared, OperationKind kind, ulong id)
    {
        var operation = new BenchOperation(null!, shared.Keys.NewKey()) { Kind = kind, Id = id };
        shared.Keys.Write(operation.Key, id);
        operation.Hash = shared.Engine.Partitions[0].Hash(0, operation.Key);
        return operation;
    }

    private JsonElement Run(string line)
    {
        string file = Path.Combine(_folder, "report.json");
        using var errors = new StringWriter();
        int code = BenchCommand.Run([.. Words(line), "--json", file], TextWriter.Null, errors);
        Assert.That(code, Is.Zero, errors.ToString());
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(file));
        return report.RootElement.Clone();
    }

    private string RunFailing(string line)
    {
        using var errors = new StringWriter();
        int code = BenchCommand.Run([.. Words(line)], TextWriter.Null, errors);
        Assert.That(code, Is.EqualTo(1));
        return errors.ToString();
    }

    private IEnumerable<string> Words(string line) =>
        [.. line.Split(' '), "--dir", Path.Combine(_folder, "data")];
}
