using Hedge.Storage.Compactions;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Pages;
using Hedge.Storage.Partitions;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Stores;
using Hedge.Storage.Values;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Values;

[Category("fast")]
public sealed class ValueLogTests
{
    private const int ValueBytes = 1000;
    private readonly SimClock _clock = new();
    private SimDisk _disk = new(1);
    private SimNode _node = null!;
    private long _pages;

    private Partition First => _node.Engine.Partitions[0];

    private ValueFiles Values => First.Settings.Shared.Values;

    [SetUp]
    public void Open()
    {
        _pages = PageBuffer.LiveBytes;
        _disk = new SimDisk(7, _clock);
        _node = Node();
    }

    [TearDown]
    public void Close()
    {
        _disk.Faults.Clear();
        _node.Close();
        Assert.That(PageBuffer.LiveBytes, Is.EqualTo(_pages));
    }

    [Test]
    public void A_flush_refers_to_large_values_and_writes_small_ones()
    {
        for (int i = 0; i < 50; i++) Put($"large{i}", Value(i));
        for (int i = 0; i < 50; i++) Put($"small{i}", "small");
        Checkpoint();
        Assert.That(Referred(), Is.EqualTo(50));
        Assert.That(First.RunBytes, Is.LessThan(50 * ValueBytes / 2));
        Drop();
        for (int i = 0; i < 50; i++)
        {
            Assert.That(Get($"large{i}"), Is.EqualTo(Value(i)));
            Assert.That(Get($"small{i}"), Is.EqualTo("small"));
        }
    }

    [Test]
    public void A_log_of_mostly_small_values_keeps_the_large_ones_in_the_run()
    {
        for (int i = 0; i < 200; i++) Put($"small{i}", new string('s', 90));
        for (int i = 0; i < 5; i++) Put($"large{i}", Value(i));
        Checkpoint();
        Assert.That(Referred(), Is.Zero);
        Drop();
        Assert.That(Get("large3"), Is.EqualTo(Value(3)));
    }

    [Test]
    public void What_is_written_into_a_value_makes_its_place_in_the_log_void()
    {
        Put("changed", Value(1));
        Put("expiring", Value(2));
        Put("replaced", Value(3));
        byte[] key = Workload.Bytes("changed");
        Do(core => First.WriteRange(core, 0, key, First.Hash(0, key), 10, "XYZ"u8));
        byte[] expiring = Workload.Bytes("expiring");
        long time = _clock.UnixMilliseconds + 1_000_000;
        Do(core => First.SetExpiry(core, 0, expiring, First.Hash(0, expiring), time));
        Put("replaced", "short");
        Checkpoint();
        Assert.That(Referred(), Is.EqualTo(1));
        Drop();
        Assert.That(Get("changed"), Is.EqualTo(Value(1).Remove(10, 3).Insert(10, "XYZ")));
        Assert.That(Get("expiring"), Is.EqualTo(Value(2)));
        Assert.That(Get("replaced"), Is.EqualTo("short"));
    }

    [Test]
    public void Of_a_transaction_that_writes_a_key_several_times_the_last_value_counts()
    {
        byte[] once = Workload.Bytes("once");
        byte[] twice = Workload.Bytes("twice");
        byte[] appended = Workload.Bytes("appended");
        Do(core =>
        {
            Put(core, once, Value(1));
            Put(core, twice, Value(2));
            Put(core, appended, Value(3));
            Put(core, twice, Value(4));
            First.WriteRange(core, 0, appended, First.Hash(0, appended), ValueBytes, "!"u8);
        });
        Checkpoint();
        Assert.That(Referred(), Is.EqualTo(2));
        Drop();
        Assert.That(Get("once"), Is.EqualTo(Value(1)));
        Assert.That(Get("twice"), Is.EqualTo(Value(4)));
        Assert.That(Get("appended"), Is.EqualTo(Value(3) + "!"));
    }

    [Test]
    public void Old_segments_become_value_files_and_are_found_after_a_restart()
    {
        Load(0);
        Assert.That(Values.Figures().Files, Is.GreaterThan(2));
        Assert.That(LogFiles(".val"), Is.GreaterThan(2));
        for (int restart = 0; restart < 3; restart++)
        {
            _node.Close();
            _node = Node();
            for (int i = 0; i < 300; i++) Assert.That(Get($"key{i}"), Is.EqualTo(Value(i)));
        }

        Assert.That(First.RunBytes, Is.LessThan(300 * ValueBytes / 4));
    }

    [Test]
    public void Values_that_were_only_in_the_log_are_referred_to_after_a_restart()
    {
        for (int i = 0; i < 20; i++) Put($"key{i}", Value(i));
        _node.Close();
        _node = Node();
        Assert.That(Referred(), Is.EqualTo(20));
        Assert.That(LogFiles(".val"), Is.EqualTo(1));
        Drop();
        for (int i = 0; i < 20; i++) Assert.That(Get($"key{i}"), Is.EqualTo(Value(i)));
        (_, long bytes, long live, _, _, _, _) = Values.Figures();
        Assert.That(bytes, Is.LessThan(live + 8192), "the file is cut to its log's end");
    }

    [Test]
    public void Files_with_few_live_values_are_emptied_and_deleted_without_new_writes()
    {
        _node.Cores[0].CompactionPolicy = CompactionPolicy.Leveled;
        Load(0);
        for (int i = 0; i < 300; i++)
        {
            if (i % 4 != 0) Put($"key{i}", Value(i + 1000));
            _node.TickAndTurn(0);
            _clock.Advance(10_000);
        }

        Checkpoint();
        Settle();
        (long files, long bytes, long live, _, _, _, _) = Values.Figures();
        TestContext.Out.WriteLine($"{files} files, {bytes} bytes, {live} live, {Values.MovedBytes} moved");
        Assert.That(Values.MovedValues, Is.GreaterThan(10));
        Assert.That(Values.DeletedFiles, Is.GreaterThan(2));
        Assert.That(bytes, Is.LessThan(2 * 300 * (ValueBytes + 100)));
        Assert.That(LogFiles(".val"), Is.EqualTo(files));
        Drop();
        for (int i = 0; i < 300; i++)
            Assert.That(Get($"key{i}"), Is.EqualTo(Value(i % 4 != 0 ? i + 1000 : i)));
        for (int i = 0; i < 300; i++) Remove($"key{i}");
        Checkpoint();
        Settle();
        Assert.That(Values.Figures().Files, Is.LessThanOrEqualTo(1));
        Assert.That(LogFiles(".val"), Is.LessThanOrEqualTo(1));
    }

    [Test]
    public void What_can_be_told_without_the_value_does_not_read_it()
    {
        for (int i = 0; i < 20; i++) Put($"key{i}", Value(i));
        byte[] key = Workload.Bytes("key3");
        byte[] expiring = Workload.Bytes("key4");
        long time = _clock.UnixMilliseconds + 10_000;
        Do(core => First.SetExpiry(core, 0, expiring, First.Hash(0, expiring), time));
        Checkpoint();
        Drop();
        long before = _node.Cores[0].DiskReadBytes;
        KeyInfo info = Describe(key);
        Assert.That(info, Is.EqualTo(new KeyInfo(true, RecordType.String, 0)));
        Assert.That(Describe(expiring).ExpireAt, Is.EqualTo(time));
        Assert.That(Describe(Workload.Bytes("none")).Exists, Is.False);
        // All keys fit in one block, which the expiry index may have brought in already.
        Assert.That(_node.Cores[0].DiskReadBytes - before, Is.LessThanOrEqualTo(4096));
        before = _node.Cores[0].DiskReadBytes;
        _clock.Advance(11_000_000);
        Assert.That(Describe(expiring).Exists, Is.False);
        Settle();
        Assert.That(Get("key4"), Is.Null);
        Assert.That(First.Count(0), Is.EqualTo(19));
        Assert.That(_node.Cores[0].DiskReadBytes - before, Is.LessThanOrEqualTo(4096));
        before = _node.Cores[0].DiskReadBytes;
        Assert.That(Get("key3"), Is.EqualTo(Value(3)));
        Assert.That(_node.Cores[0].DiskReadBytes, Is.GreaterThan(before));
    }

    [Test]
    public void A_flipped_bit_in_a_value_file_is_an_error_and_never_a_value()
    {
        Load(0);
        Drop();
        SimSeed seed = new(11);
        int damaged = 0;
        for (int i = 0; i < 300; i++)
        {
            string path = ValuePaths().ElementAt(seed.Below(ValuePaths().Count()));
            _disk.FlipBit(path, seed.Below(_disk.Peek(path).Length * 8));
        }

        for (int i = 0; i < 300; i++)
        {
            try
            {
                Assert.That(Get($"key{i}"), Is.EqualTo(Value(i)));
            }
            catch (ReadFailedException)
            {
                damaged++;
            }
        }

        TestContext.Out.WriteLine($"{damaged} damaged");
        Assert.That(damaged, Is.GreaterThan(50));
    }

    [Test]
    public void A_flipped_bit_anywhere_in_a_value_file_strikes_the_value_there_and_no_other()
    {
        Load(0);
        List<(ValueReference Reference, string Value)> all = [];
        using PageBuffer buffer = new(Page.Bytes);
        foreach (Run run in First.Runs.Newest)
        {
            using RunScanner scanner = new(_disk, run);
            while (scanner.MoveNext() == CursorState.Ready)
            {
                if (!scanner.Current.IsReference) continue;
                ValueReference reference = ValueReference.Read(scanner.Current.Value);
                all.Add((reference, ReadAt(reference, buffer)!));
            }
        }

        ValueFile file = all.GroupBy(each => each.Reference.File).MaxBy(group => group.Count())!
            .Select(each => Values[each.Reference.File]).First();
        all.RemoveAll(each => Values[each.Reference.File] != file);
        // It was renamed when it was no log any more.
        string path = file.File!.Path;
        if (!_disk.Exists(path)) path = Path.ChangeExtension(path, ".val");
        int found = 0;
        for (int at = 0; at < _disk.Peek(path).Length; at += 3)
        {
            _disk.FlipBit(path, (8L * at) + (at % 8));
            foreach ((ValueReference reference, string value) in all)
            {
                bool isStruck = at >= reference.Offset && at < reference.Offset + reference.Length;
                if (isStruck) found++;
                Assert.That(ReadAt(reference, buffer), Is.EqualTo(isStruck ? null : value), $"byte {at}");
            }

            _disk.FlipBit(path, (8L * at) + (at % 8));
        }

        Assert.That(found, Is.GreaterThan(1000));
    }

    [Test]
    public void A_missing_value_file_is_found_at_the_start()
    {
        Load(0);
        string path = ValuePaths().First();
        _node.Close();
        ReadOnlyMemory<byte> content = _disk.Peek(path);
        _disk.Delete(path);
        Assert.That(() => Node(), Throws.InstanceOf<RunFormatException>().With.Message.Contains("missing"));
        using (DiskFile file = _disk.Open(path, DiskOpenMode.Create)) _disk.Write(file, 0, content.Span);
        _node = Node();
        Assert.That(Get("key1"), Is.EqualTo(Value(1)));
    }

    [Test]
    public void With_the_threshold_at_zero_all_values_go_into_the_runs()
    {
        _node.Engine.ValueLogThreshold = 0;
        Load(0);
        Assert.That(Referred(), Is.Zero);
        Assert.That(LogFiles(".val"), Is.Zero);
        Drop();
        Assert.That(Get("key7"), Is.EqualTo(Value(7)));
    }

    private SimNode Node() => new(_disk, _clock, new SimSeed(1), new EngineOptions
    {
        Directory = "data",
        Cores = 2,
        Partitions = 1,
        Databases = 2,
        CacheBytes = 1 << 20,
        BlockCacheBytes = 1 << 20,
        MemtableBytes = 60_000,
        ValueLogThreshold = 500,
        Log = new LogSettings { SegmentBytes = 32 * 1024 },
        Compaction = new CompactionOptions
        {
            RunsMin = 2,
            CleanRunsMin = 2,
            CleanGrowthPercent = 250,
            SmallBytes = 4096,
        },
    }, SyncPolicy.EverySecond);

    private static string Value(int i) => new string((char)('a' + i % 26), ValueBytes - 6) + $"{i:D6}";

    // Null for a damaged one.
    private string? ReadAt(ValueReference reference, PageBuffer buffer)
    {
        try
        {
            return System.Text.Encoding.Latin1.GetString(
                ValueReader.Read(_disk, Values[reference.File], reference, buffer));
        }
        catch (ValueFileException)
        {
            return null;
        }
    }

    private void Load(int from)
    {
        for (int i = from; i < from + 300; i++)
        {
            Put($"key{i}", Value(i));
            _node.TickAndTurn(0);
            _clock.Advance(10_000);
        }

        Checkpoint();
        Settle();
    }

    private void Settle()
    {
        _clock.Advance(2_000_000);
        _node.Until(() => false, 400);
        _node.Until(() => First.Flusher.IsIdle && First.Compactor.IsIdle && _node.Jobs == 0);
    }

    private long Referred()
    {
        long entries = 0;
        foreach (Run run in First.Runs.Newest) entries += run.Info.Values.Sum(use => use.Entries);
        return entries;
    }

    private IEnumerable<string> ValuePaths() => _disk.List("data/log")
        .Where(name => name.EndsWith(".val", StringComparison.Ordinal)).Select(name => $"data/log/{name}");

    private int LogFiles(string suffix) =>
        _disk.List("data/log").Count(name => name.EndsWith(suffix, StringComparison.Ordinal));

    private void Checkpoint()
    {
        long checkpoint = _node.Engine.BeginCheckpoint();
        Assert.That(_node.Until(() => _node.Engine.IsCheckpointDone(checkpoint)), Is.True);
    }

    private void Drop()
    {
        long drop = _node.Engine.BeginDrop();
        Assert.That(_node.Until(() => _node.Engine.IsDropDone(drop)), Is.True);
    }

    private void Do(Action<CoreStorage> action) => _node.Run(0, core =>
    {
        action(core);
        return true;
    });

    private void Put(CoreStorage core, byte[] key, string value) => First.Put(core, 0, key,
        First.Hash(0, key), RecordType.String, StringEncoding.Raw, Workload.Bytes(value), 0);

    private void Put(string key, string value) => Do(core => Put(core, Workload.Bytes(key), value));

    private void Remove(string key)
    {
        byte[] bytes = Workload.Bytes(key);
        Do(core => First.Remove(core, 0, bytes, First.Hash(0, bytes)));
    }

    private KeyInfo Describe(byte[] key)
    {
        KeyInfo info = default;
        _node.Run(0, core => First.TryDescribe(core, 0, key, First.Hash(0, key), out info));
        return info;
    }

    private string? Get(string key)
    {
        byte[] bytes = Workload.Bytes(key);
        string? value = null;
        _node.Run(0, core =>
        {
            if (!First.TryFind(core, 0, bytes, First.Hash(0, bytes), true, out Record record)) return false;
            value = Workload.Read(record)?.Value;
            return true;
        });
        return value;
    }
}
