using System.Globalization;
using System.Text.RegularExpressions;
using Hedge.Host.Settings;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>INFO storage and HEDGE.STATS against what was done to a simulated server.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Category("fast")]
internal sealed class StorageStatisticsTests(int cores)
{
    private const int Keys = 200;
    private const int KeyBytes = 6;
    private const int ValueBytes = 100;
    private const long UserBytes = Keys * (KeyBytes + ValueBytes);

    private SimWorld _world = null!;

    [SetUp]
    public void Start()
    {
        _world = new SimWorld(seed: 5, new SimServerOptions { Cores = cores, Fsync = AppendFsync.EverySec });
        _world.Start();
    }

    [TearDown]
    public void Stop() => _world.Dispose();

    [Test]
    public void Bytes_written_and_live_and_their_amplifications_are_those_of_the_data()
    {
        Fill('v');
        Dictionary<string, string> first = Storage();
        Assert.That(Number(first, "user_bytes_written"), Is.EqualTo(UserBytes));
        Assert.That(Number(first, "live_bytes"), Is.EqualTo(UserBytes).Within(UserBytes / 20));
        Assert.That(Ratio(first, "waste_ratio"), Is.LessThan(0.05));
        Assert.That(Number(first, "runs"), Is.Positive.And.EqualTo(Tiers(first, "runs")));
        Assert.That(Number(first, "run_bytes"), Is.EqualTo(Tiers(first, "bytes")));
        Assert.That(Number(first, "log_segments"), Is.Positive);

        // No merge yet: two of every entry.
        Fill('w');
        Fill('x');
        Dictionary<string, string> last = Storage();
        Assert.That(Number(last, "user_bytes_written"), Is.EqualTo(3 * UserBytes));
        Assert.That(Number(last, "live_bytes"), Is.EqualTo(UserBytes).Within(UserBytes / 20));
        long live = Number(last, "live_bytes");
        long stored = Number(last, "stored_bytes");
        Assert.That(Ratio(last, "waste_ratio"), Is.EqualTo((double)(stored - live) / stored).Within(0.01));
        double space = (double)(Number(last, "run_bytes") + Number(last, "log_bytes")
            + Number(last, "value_log_bytes")) / live;
        Assert.That(Ratio(last, "space_amplification"), Is.EqualTo(space).Within(0.01));
        double runs = (double)(Number(last, "flushed_bytes") + Number(last, "compacted_bytes"));
        Assert.That(Ratio(last, "write_amplification_without_log"),
            Is.EqualTo(runs / (3 * UserBytes)).Within(0.01));
        Assert.That(Ratio(last, "write_amplification"),
            Is.EqualTo((runs + Number(last, "log_bytes_written")) / (3 * UserBytes)).Within(0.01));
    }

    [Test]
    public void Replaced_and_removed_keys_are_waste_until_they_are_merged()
    {
        Fill('v');
        Call("FLUSHALL");
        Call("SAVE");
        Dictionary<string, string> figures = Storage();
        Assert.That(Number(figures, "live_bytes"), Is.Zero);
        if (Number(figures, "stored_bytes") > 0) Assert.That(Ratio(figures, "waste_ratio"), Is.EqualTo(1));
    }

    [Test]
    public void Every_command_is_counted_once_with_its_waits_wherever_it_ran()
    {
        Fill('v');
        Call("DEBUG RELOAD");
        Call("CONFIG RESETSTAT");
        for (int i = 0; i < Keys; i++) Call($"GET key{i:000}");
        Assert.That(Call("INFO commandstats"), Does.Contain($"cmdstat_get:calls={Keys},"));
        string split = Call("INFO latencysplit");
        Assert.That(split, Does.Contain($"latency_split_usec_string_queue:calls={Keys},"));
        Assert.That(split, Does.Contain($"latency_split_usec_string_cpu:calls={Keys},"));
        Match disk = Regex.Match(split, @"latency_split_usec_string_disk:calls=(\d+),p50=(\d+)");
        long reads = Number(Storage(), "block_cache_misses");
        Assert.That(long.Parse(disk.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            Is.Positive.And.LessThanOrEqualTo(reads));
        Assert.That(long.Parse(disk.Groups[2].ValueSpan, CultureInfo.InvariantCulture), Is.Positive);
        Call("CONFIG RESETSTAT");
        Assert.That(Call("INFO latencysplit"), Does.Not.Contain("string"));
    }

    [Test]
    public void Reads_count_as_hits_of_memory_filters_or_blocks()
    {
        Fill('v');
        Call("DEBUG RELOAD");
        Dictionary<string, string> before = Storage();
        for (int i = 0; i < Keys; i++) Assert.That(Call($"GET key{i:000}"), Does.Contain("vvv"));
        Dictionary<string, string> cold = Storage();
        Assert.That(Change("record_misses", before, cold), Is.EqualTo(Keys));
        Assert.That(Change("record_hits", before, cold), Is.Zero);
        Assert.That(Change("block_cache_misses", before, cold), Is.Positive);
        Assert.That(Change("block_cache_hits", before, cold)
            + Change("block_cache_misses", before, cold), Is.GreaterThanOrEqualTo(Keys));
        Assert.That(Change("filter_checks", before, cold) - Change("filter_negatives", before, cold)
            - Change("filter_false_positives", before, cold), Is.EqualTo(Keys), "one run has the key");

        Call("SET hot value");
        for (int i = 0; i < Keys; i++) Call("GET hot");
        Dictionary<string, string> warm = Storage();
        Assert.That(Change("record_hits", cold, warm), Is.EqualTo(Keys));
        Assert.That(Change("record_misses", cold, warm), Is.Zero);

        for (int i = 0; i < Keys; i++)
            Assert.That(Call($"GET not{i:000}"), Is.EqualTo("$-1").Or.EqualTo("_"));
        Dictionary<string, string> absent = Storage();
        Assert.That(Change("filter_checks", warm, absent), Is.Positive.And.EqualTo(
            Change("filter_negatives", warm, absent) + Change("filter_false_positives", warm, absent)));
        Assert.That(Ratio(absent, "filter_false_positive_rate"), Is.LessThan(0.2));
        Assert.That(Ratio(absent, "record_hit_rate"), Is.InRange(0.2, 0.5));
    }

    [Test]
    public void Writes_that_wait_for_flushes_are_counted_with_their_time()
    {
        Assert.That(Number(Storage(), "slowed_writes"), Is.Zero);
        List<SimClient> clients = [];
        for (int i = 0; i < 100; i++) clients.Add(Post($"SET key{i} {new string('v', 1000)}"));
        for (int i = 0; i < 200_000 && !clients.TrueForAll(IsAnswered); i++) _world.Step();
        Assert.That(clients.TrueForAll(IsAnswered), Is.True);
        Dictionary<string, string> figures = Storage();
        // One that has waited with its client may wait again with its partition.
        Assert.That(Number(figures, "slowed_writes"), Is.InRange(1, 200));
        Assert.That(Number(figures, "stall_microseconds"), Is.Positive);
    }

    [Test]
    public void The_policy_and_what_is_under_way_are_told()
    {
        Fill('v');
        Call("CONFIG SET compaction-policy leveled");
        Pass();
        Dictionary<string, string> figures = Storage();
        Assert.That(figures["compaction_policy"], Is.EqualTo("leveled"));
        Assert.That(figures["compaction_policy_in_use"], Is.EqualTo("tiered=0,leveled=4,lazy=0"));
        for (int i = 0; i < 200 && Number(Storage(), "garbage_files") > 0; i++) Pass();
        figures = Storage();
        foreach (string name in (string[])["flushes_running", "flushes_waiting", "garbage_files"])
            Assert.That(Number(figures, name), Is.Zero, name);
    }

    [Test]
    public void The_report_shows_the_same_with_tables_of_runs_and_databases()
    {
        Fill('v');
        Pass();
        string report = Call("HEDGE.STATS");
        Assert.That(report, Does.Match(@"[$:]compaction +tiered; partitions: tiered=4,leveled=0,lazy=0\n"));
        Assert.That(report, Does.Match(@"\nwritten by clients +20\.70K in 200 changes\n"));
        Assert.That(report, Does.Match(@"\nrun files of +number +size +compressed\n"));
        Assert.That(report, Does.Match(@"\nbelow 1\.00M +\d+ +[\d.]+K +[\d.]+\n"));
        Assert.That(report, Does.Match(@"\ndb0 +200 +0 +200 +0\.00\n"));
        Assert.That(report, Does.Not.Contain("db1"));
    }

    private void Fill(char value)
    {
        for (int i = 0; i < Keys; i++)
            Assert.That(Call($"SET key{i:000} {new string(value, ValueBytes)}"), Is.EqualTo("+OK"));
        Assert.That(Call("SAVE"), Is.EqualTo("+OK"));
    }

    private Dictionary<string, string> Storage()
    {
        // Other cores' figures are a tick old.
        Pass();
        return Call("INFO storage").Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.Contains(':', StringComparison.Ordinal))
            .ToDictionary(line => line[..line.IndexOf(':', StringComparison.Ordinal)],
                line => line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..]);
    }

    private static long Number(Dictionary<string, string> figures, string name) =>
        long.Parse(figures[name], CultureInfo.InvariantCulture);

    private static double Ratio(Dictionary<string, string> figures, string name) =>
        double.Parse(figures[name], CultureInfo.InvariantCulture);

    private static long Change(string name, Dictionary<string, string> before,
        Dictionary<string, string> after) => Number(after, name) - Number(before, name);

    private static long Tiers(Dictionary<string, string> figures, string part) => figures
        .Where(figure => figure.Key.StartsWith("run_tier_", StringComparison.Ordinal))
        .SelectMany(figure => figure.Value.Split(','))
        .Where(pair => pair.StartsWith(part + "=", StringComparison.Ordinal))
        .Sum(pair => long.Parse(pair[(part.Length + 1)..], CultureInfo.InvariantCulture));

    private SimClient Post(string line) => _world.AddClient([new SimAction([line.Split(' ')])]);

    private bool IsAnswered(SimClient client) =>
        _world.History.Find(op => op.Client == client.Index) is { IsPending: false };

    private string Call(string line)
    {
        SimClient client = Post(line);
        for (int i = 0; i < 20_000; i++)
        {
            if (_world.History.FindLast(op => op.Client == client.Index) is { IsPending: false } op)
                return op.Reply!;
            _world.Step();
        }

        throw new SimFailureException($"{line} is not answered");
    }

    private void Pass()
    {
        long end = _world.Clock.UnixMilliseconds + 200;
        while (_world.Clock.UnixMilliseconds < end) _world.Step();
    }
}
