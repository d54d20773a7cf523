using Hedge.Host.Benchmarks;
using Hedge.Host.CommandLines;
using Hedge.Host.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Benchmarks;

/// <summary>The command line of "hedge bench".</summary>
[TestFixture]
[Category("fast")]
public sealed class BenchOptionTests
{
    [Test]
    public void Options_are_read_in_both_spellings_and_with_units()
    {
        BenchOptions options = Read("mixed", "--n", "2m", "--key-size=32", "--value-size", "1k", "--dir",
            "x", "--distribution", "zipfian", "--reads", "90", "--drain", "--maxmemory", "800mb",
            "--appendfsync", "always", "--cores", "2", "--seconds", "3");
        Assert.Multiple(() =>
        {
            Assert.That(options.Records, Is.EqualTo(2_000_000));
            Assert.That(options.KeyBytes, Is.EqualTo(32));
            Assert.That(options.ValueBytes, Is.EqualTo(1000));
            Assert.That(options.EffectiveDistribution, Is.EqualTo(DistributionKind.Zipfian));
            Assert.That(options.EffectiveWorkload.Shares,
                Is.EqualTo(new[] { (OperationKind.Read, 90), (OperationKind.Update, 10) }));
            Assert.That(options.Drains, Is.True);
            Assert.That(options.Engine.MaxMemoryBytes, Is.EqualTo(800L << 20));
            Assert.That(options.Engine.AppendFsync, Is.EqualTo(AppendFsync.Always));
            Assert.That(options.Engine.Cores, Is.EqualTo(2));
            Assert.That(options.OperationsMax, Is.EqualTo(long.MaxValue), "seconds limit it");
            Assert.That(options.EffectiveCheck, Is.EqualTo(ValueCheck.Exact));
        });
    }

    [Test]
    public void Keys_are_ordered_for_a_sequential_load_and_a_time_series_only()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Read("load", "--dir", "x").AreKeysOrdered, Is.False);
            Assert.That(Read("load", "--dir", "x", "--distribution", "sequential").AreKeysOrdered, Is.True);
            Assert.That(Read("timeseries", "--dir", "x").AreKeysOrdered, Is.True);
            Assert.That(Read("read", "--dir", "x", "--keys", "ordered").AreKeysOrdered, Is.True);
        });
    }

    [TestCase("nonsense", "\"nonsense\" is no workload; allowed: load, bulk, read, readmissing,")]
    [TestCase("", "a workload is needed; allowed: load, bulk, read,")]
    [TestCase("read --dir x --n 0", "--n: \"0\" is not allowed; allowed: 1…4000000000")]
    [TestCase("read --dir x --n", "--n: needs a value; allowed: 1…4000000000")]
    [TestCase("read --dir x --distribution odd",
        "--distribution: \"odd\" is not allowed; allowed: uniform, zipfian, latest, sequential, exponential")]
    [TestCase("read --dir x --appendfsync odd", "allowed: everysec, always, no")]
    [TestCase("read --dir x --what 3", "--what: there is no such option; allowed: --n, --ops,")]
    [TestCase("read --dir x more", "\"more\" is not expected")]
    [TestCase("read --dir x --drain=yes", "--drain: takes no value")]
    [TestCase("read", "--dir is needed")]
    [TestCase("read --dir x --reads 3", "--reads: is for mixed and timeseries only")]
    [TestCase("load --dir x --use-existing", "--use-existing: load makes its own data")]
    [TestCase("load --dir x --distribution zipfian", "allowed: uniform, sequential")]
    [TestCase("load --dir x --distribution exponential", "allowed: uniform, sequential")]
    [TestCase("bulk --dir x --distribution zipfian", "bulk loads every id once")]
    [TestCase("bulk --dir x --ops 3", "--ops: bulk writes each of the --n records once")]
    [TestCase("read --dir x --batch 3", "--batch: is for load and update only")]
    [TestCase("read --dir x --exp-range 0", "--exp-range: \"0\" is not allowed; allowed: 0.1…40")]
    [TestCase("delete --dir x --warm-up 3", "--warm-up: delete writes or removes each of its keys once")]
    [TestCase("ycsb-d --dir x --warm-up 3", "--warm-up: ycsb-d writes or removes each")]
    [TestCase("read --dir x --use-existing --check exact", "allowed: value, none")]
    public void Wrong_options_are_named_with_what_is_allowed(string line, string expected)
    {
        BenchReading reading = BenchOptionReader.Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That(reading.Options, Is.Null);
        Assert.That(reading.Problems, Has.One.Contains(expected));
    }

    [Test]
    public void All_problems_are_named_at_once()
    {
        BenchReading reading = BenchOptionReader.Read(["read", "--n", "x", "--depth", "0", "--odd", "1"]);
        Assert.That(reading.Problems, Has.Count.EqualTo(4), "with the missing --dir");
    }

    [Test]
    public async Task The_help_names_every_workload_and_option()
    {
        var output = new StringWriter();
        Assert.That(await HedgeCommandLine.RunAsync(["help", "bench"], output, TextWriter.Null), Is.Zero);
        string help = output.ToString();
        foreach (Workload workload in Workload.All) Assert.That(help, Does.Contain($"  {workload.Name} "));
        foreach (BenchOption option in BenchOptionDeclarations.All)
            Assert.That(help, Does.Contain($"  --{option.Name}"));
    }

    [Test]
    public void Shares_of_every_workload_are_a_hundred()
    {
        foreach (Workload workload in Workload.All)
            Assert.That(workload.Shares.Sum(s => s.Percent), Is.EqualTo(100), workload.Name);
    }

    private static BenchOptions Read(params string[] words)
    {
        BenchReading reading = BenchOptionReader.Read(words);
        Assert.That(reading.Problems, Is.Empty);
        return reading.Options!;
    }
}
