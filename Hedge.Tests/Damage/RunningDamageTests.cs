using System.Globalization;
using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Damages;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;
using Hedge.Storage.Runs;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Damage;

/// <summary>Damage to the files of an engine that is running: what it takes out, and what is said.</summary>
[TestFixture]
[Category("fast")]
public sealed class RunningDamageTests
{
    private const int Keys = 400;
    private const int StepMicroseconds = 20_000;
    private readonly SimClock _clock = new();
    private readonly Dictionary<string, string> _values = [];
    private SimDisk _disk = null!;
    private SimNode _node = null!;

    private Partition First => _node.Engine.Partitions[0];

    private DamageRegister Damages => _node.Cores[0].Damages;

    [SetUp]
    public void Open()
    {
        _values.Clear();
        _disk = new SimDisk(7, _clock);
        _node = Node();
    }

    [Test]
    public void A_damaged_block_takes_out_its_keys_alone_and_is_told_once()
    {
        Write(0, 3);
        Run damaged = First.Runs.Newest[^1];
        string path = Damage(damaged);
        int failed = ReadAll();
        Assert.That(failed, Is.InRange(1, Keys / 4));
        for (int i = 0; i < 3; i++) Assert.That(ReadAll(), Is.EqualTo(failed));
        Assert.That(Damages.Present(DamageKind.Block), Is.EqualTo(1));
        Assert.That(Damages.TryTakeNews(out Storage.Damages.Damage? news, out _), Is.True);
        Assert.That(news, Is.EqualTo(new Storage.Damages.Damage(
            DamageKind.Block, path, damaged.BlockAt(0).Offset)));
        Assert.That(Damages.TryTakeNews(out _, out _), Is.False);
        _node.Close();
    }

    [Test]
    public void A_merge_that_meets_damage_leaves_that_run_alone_and_the_others_are_merged()
    {
        Write(0, 3);
        Damage(First.Runs.Newest[^1]);
        long merges = First.Compactor.Compactions;
        for (int round = 0; round < 12; round++) Write(1000 * (round + 1), 1);
        Assert.That(Damages.Present(DamageKind.Block), Is.EqualTo(1));
        Assert.That(First.Compactor.Compactions, Is.GreaterThan(merges + 1));
        Assert.That(First.RunCount, Is.LessThan(8), "the others are merged");
        Assert.That(First.LastFailure, Is.Null, "nothing keeps the partition from being flushed and merged");
        Assert.That(First.Runs.Newest.ToArray().Count(run => run.Damage.Any), Is.EqualTo(1));

        // The damaged run is not tried again and again.
        long before = _disk.Operations;
        Pass(seconds: 600);
        Assert.That(_disk.Operations - before, Is.LessThan(600 * 5));
        _node.Close();
    }

    [Test]
    public void A_part_that_cannot_be_read_is_told_and_tried_again_seldom()
    {
        Write(0, 3);
        string path = First.Runs.Newest[^1].File.Path;
        _disk.Faults.Add(new SimDiskFault
        {
            Kind = SimDiskFaultKind.Fail,
            Times = int.MaxValue,
            Errno = Errno.IoError,
            When = operation => operation.Kind == SimDiskOperationKind.Read && operation.Path == path,
        });
        for (int round = 0; round < 8; round++) Write(1000 * (round + 1), 1);
        Assert.That(Damages.Present(DamageKind.Unreadable), Is.EqualTo(1));
        Assert.That(Damages.Last?.Path, Is.EqualTo(path));
        Assert.That(First.LastFailure, Is.Null);
        int runs = First.RunCount;
        _disk.Faults.Clear();
        Pass(seconds: 700);
        Write(50_000, 4);
        Assert.That(First.RunCount, Is.LessThan(runs + 4));
        long now = _clock.UnixMilliseconds;
        Assert.That(First.Runs.Newest.ToArray().Any(run => run.Damage.IsAvoided(now)), Is.False);
        Assert.That(ReadAll(), Is.Zero);
        _node.Close();
    }

    [TestCase("run")]
    [TestCase("val")]
    [TestCase("log")]
    [TestCase("MANIFEST")]
    [TestCase("HEDGE")]
    [TestCase("LOG-00")]
    [TestCase("stage")]
    public void A_removed_file_is_noticed_and_what_it_held_is_written_anew(string kind)
    {
        Write(0, 2, valueLength: 2000);
        for (int i = 0; i < 20; i++) Put($"unflushed{i}", "value");
        string[] removed = [.. Files().Where(path => path.EndsWith(kind, StringComparison.Ordinal))];
        Assert.That(removed, Is.Not.Empty);
        foreach (string path in removed) _disk.Delete(path);
        Pass(seconds: 80);
        // Some of them may not have been needed any more, and a flush writes the manifest anyway.
        int least = kind == "MANIFEST" ? 0 : 1;
        Assert.That(Damages.Found(DamageKind.Missing), Is.InRange(least, removed.Length));
        bool isMended = kind != "stage";
        Assert.That(Damages.Present(DamageKind.Missing), isMended ? Is.Zero : Is.EqualTo(1));
        Assert.That(ReadAll(), Is.Zero);
        for (int i = 0; i < 20; i++) Put($"later{i}", "value");
        Pass(seconds: 3);
        if (!isMended)
        {
            _node.Close();
            return;
        }

        _disk.Kill();
        SimDisk after = _disk.AfterKill(2);
        _node.Abandon();
        _disk = after;
        _node = Node();
        Assert.That(_node.Engine.Recovery.OperationsLost, Is.Zero);
        Assert.That(ReadAll(), Is.Zero);
        _node.Close();
    }

    [Test]
    public void Nothing_is_missing_while_files_come_and_go_in_order()
    {
        for (int round = 0; round < 20; round++)
        {
            Write(100 * round, 1, valueLength: 1500);
            Pass(seconds: 20);
        }

        Assert.That(Damages.Any, Is.False);
        Assert.That(Damages.Found(DamageKind.Missing), Is.Zero);
        _node.Close();
    }

    [Test]
    public void A_damaged_value_does_not_keep_its_file_from_being_used_nor_merges_from_going_on()
    {
        Write(0, 2, valueLength: 2000);
        string path = Files().First(file => file.EndsWith(".val", StringComparison.Ordinal));
        _disk.Poke(path, _disk.Peek(path).Length / 2, new byte[3000]);
        // Most of what the file holds is replaced, so it is to be emptied.
        for (int round = 0; round < 6; round++) Write(0, 1, valueLength: 1800, part: 0.9);
        Pass(seconds: 60);
        int failed = ReadAll();
        Assert.That(failed, Is.LessThan(4));
        Assert.That(First.LastFailure, Is.Null);
        long before = _disk.Operations;
        Pass(seconds: 300);
        Assert.That(_disk.Operations - before, Is.LessThan(300 * 5));
        _node.Close();
    }

    private SimNode Node() => new(_disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Cores = 1,
        Partitions = 1,
        Databases = 1,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 200_000,
        ValueLogThreshold = 1024,
        Log = new LogSettings { SegmentBytes = 64 * 1024 },
        Compaction = new CompactionOptions { RunsMin = 3, CleanRunsMin = 3, SmallBytes = 4096 },
    }, SyncPolicy.EverySecond);

    // Each round is a run of its own.
    private void Write(int first, int rounds, int valueLength = 100, double part = 1)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < Keys * part; i++)
            {
                string key = string.Create(CultureInfo.InvariantCulture, $"key{first + (round * Keys) + i}");
                string value = string.Create(CultureInfo.InvariantCulture, $"{round}.{i}.");
                Put(key, value.PadRight(valueLength, 'v'));
            }

            Assert.That(_node.Settle(First), Is.True);
        }

        First.Reclaimer.DropAll();
        _node.Cores[0].Blocks.Cache.Clear();
    }

    private void Put(string key, string value)
    {
        _node.Put(First, key, value);
        _values[key] = value;
        _clock.Advance(200);
        if (_values.Count % 8 == 0) _node.TickAndTurn(0);
    }

    // How many keys answer an error. All others have their values.
    private int ReadAll()
    {
        int failed = 0;
        foreach ((string key, string value) in _values)
        {
            try
            {
                Assert.That(_node.Get(First, key), Is.EqualTo(value), key);
            }
            catch (ReadFailedException)
            {
                failed++;
            }
        }

        return failed;
    }

    private string Damage(Run run)
    {
        _disk.Poke(run.File.Path, run.BlockAt(0).Offset + 100, new byte[200]);
        return run.File.Path;
    }

    private void Pass(int seconds)
    {
        long end = _clock.MonotonicMicroseconds + (seconds * 1_000_000L);
        while (_clock.MonotonicMicroseconds < end)
        {
            _clock.Advance(StepMicroseconds);
            _node.TickAndTurn(0);
        }
    }

    private IEnumerable<string> Files() => WrittenDirectory.Under(_disk, "data");
}
