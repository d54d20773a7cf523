using System.Buffers.Binary;
using Hedge.Storage.Keys;
using Hedge.Storage.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

[Category("fast")]
public sealed class RunRoundTripTests
{
    [TestCase(1, 1, 100)]
    [TestCase(2, 40, 100)]
    [TestCase(3, 3000, 300)]
    [TestCase(4, 1500, 5000)]
    [TestCase(5, 300, 70_000)]
    [TestCase(6, 100, 600_000)]
    public void Every_entry_comes_back_by_scan_and_by_look_up(int seed, int entries, int valueBytesMax)
    {
        MemoryDisk disk = new();
        SortedDictionary<byte[], ModelEntry> model =
            ModelEntry.RandomSet(new Random(seed), entries, valueBytesMax);
        RunInfo info = ModelEntry.Write(disk, "run", model.Values);
        Run run = Run.Open(disk, "run", ModelEntry.Id);

        using (RunScanner scanner = new(disk, run))
            Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(model.Values));
        foreach (ModelEntry entry in model.Values)
        {
            Assert.That(ModelEntry.Find(disk, run, entry.Key), Is.EqualTo(entry));
            byte[] longer = [.. entry.Key, 0];
            if (!model.ContainsKey(longer)) Assert.That(ModelEntry.Find(disk, run, longer), Is.Null);
            byte[] shorter = entry.Key[..^1];
            if (shorter.Length >= 4 && !model.ContainsKey(shorter))
                Assert.That(ModelEntry.Find(disk, run, shorter), Is.Null);
        }

        CheckInfo(info, model);
        CheckInfo(run.Info, model);
        Assert.That(run.Info.FileBytes, Is.EqualTo(disk.Content("run").Length));
        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void A_value_of_20_MiB_and_its_small_neighbours_come_back()
    {
        MemoryDisk disk = new();
        Random random = new(7);
        List<ModelEntry> entries = [];
        foreach (int length in new[] { 0, 10, 20 * 1024 * 1024, 5, 4096, 17_000, 0 })
        {
            byte[] key = ModelEntry.KeyOf(1, [(byte)entries.Count]);
            entries.Add(ModelEntry.Put(key, ModelEntry.RandomBytes(random, length)));
        }

        ModelEntry.Write(disk, "run", entries);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        foreach (ModelEntry entry in entries)
            Assert.That(ModelEntry.Find(disk, run, entry.Key), Is.EqualTo(entry));
        using (RunScanner scanner = new(disk, run))
            Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(entries));
        run.Release();
    }

    [Test]
    public void The_longest_keys_come_back_also_from_the_expiry_index()
    {
        MemoryDisk disk = new();
        byte[] user = new byte[InternalKey.KeyBytesMax];
        List<ModelEntry> entries = [];
        for (byte i = 0; i < 5; i++)
        {
            user[^1] = i;
            entries.Add(ModelEntry.Put(ModelEntry.ExpiryKeyOf(99, 1, user), []));
        }

        for (byte i = 0; i < 5; i++)
        {
            user[^1] = i;
            entries.Add(ModelEntry.Put(ModelEntry.KeyOf(1, user), [i], 99));
        }

        ModelEntry.Write(disk, "run", entries);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        foreach (ModelEntry entry in entries)
            Assert.That(ModelEntry.Find(disk, run, entry.Key), Is.EqualTo(entry));
        using (RunScanner scanner = new(disk, run))
            Assert.That(ModelEntry.Drain(scanner), Is.EqualTo(entries));
        run.Release();
    }

    [Test]
    public void An_empty_run_answers_nothing()
    {
        MemoryDisk disk = new();
        RunInfo info = ModelEntry.Write(disk, "run", []);
        Assert.That(info.Blocks, Is.Zero);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        byte[] key = ModelEntry.KeyOf(1, "a"u8);
        Assert.That(run.MayContain(InternalKey.Hash(key)), Is.False);
        Assert.That(run.TryLocate(key, out _), Is.False);
        using (RunScanner scanner = new(disk, run))
        {
            scanner.Seek(key);
            Assert.That(scanner.MoveNext(), Is.EqualTo(CursorState.End));
        }

        run.Release();
    }

    [Test]
    public void A_seek_goes_to_the_first_key_not_below_as_in_the_model()
    {
        const int Seed = 11;
        MemoryDisk disk = new();
        Random random = new(Seed);
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.RandomSet(random, 2000, 3000);
        ModelEntry[] all = [.. model.Values];
        ModelEntry.Write(disk, "run", all);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using RunScanner scanner = new(disk, run);
        for (int i = 0; i < 3000; i++)
        {
            byte[] target = random.Next(3) switch
            {
                0 => all[random.Next(all.Length)].Key,
                1 => [.. all[random.Next(all.Length)].Key, (byte)random.Next(256)],
                _ => ModelEntry.KeyOf((uint)random.Next(5), ModelEntry.RandomBytes(random, random.Next(6))),
            };
            int expected = Array.FindIndex(all, entry => entry.Key.AsSpan().SequenceCompareTo(target) >= 0);
            scanner.Seek(target);
            for (int at = expected; at < expected + 3; at++)
            {
                bool isEnd = expected < 0 || at == all.Length;
                CursorState state = isEnd ? CursorState.End : CursorState.Ready;
                Assert.That(scanner.MoveNext(), Is.EqualTo(state), $"seed {Seed}, round {i}");
                if (isEnd) break;
                Assert.That(ModelEntry.From(scanner.Current), Is.EqualTo(all[at]), $"seed {Seed}, round {i}");
            }
        }

        run.Release();
    }

    [Test]
    public void The_file_is_written_in_large_pieces_and_synced_once()
    {
        MemoryDisk disk = new();
        byte[] value = new byte[100];
        ModelEntry.Write(disk, "run", Enumerable.Range(0, 50_000).Select(i =>
        {
            byte[] key = new byte[8];
            BinaryPrimitives.WriteInt64BigEndian(key, i);
            return ModelEntry.Put(ModelEntry.KeyOf(1, key), value);
        }));
        Assert.That(disk.Writes.Take(disk.Writes.Count - 1), Is.All.GreaterThanOrEqualTo(256 * 1024));
        Assert.That(disk.Syncs, Is.EqualTo(1));
    }

    [TestCase(900)]
    [TestCase(1100)]
    [TestCase(2100)]
    [TestCase(3000)]
    public void Blocks_of_middling_values_waste_little(int valueBytes)
    {
        MemoryDisk disk = new();
        byte[] value = new byte[valueBytes];
        RunInfo info = ModelEntry.Write(disk, "run", Enumerable.Range(0, 2000).Select(i =>
            ModelEntry.Put(ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes($"{i:D8}")), value)));
        Assert.That((double)info.FileBytes / info.EntryBytes, Is.LessThan(1.20));
    }

    [Test]
    public void The_filter_rules_out_nearly_every_absent_key_and_no_present_one()
    {
        const int Keys = 100_000;
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", Enumerable.Range(0, Keys).Select(i => ModelEntry.Tombstone(
            ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes($"key:{i:D8}")))));
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        int falsePositives = 0;
        for (int i = 0; i < Keys; i++)
        {
            byte[] present = System.Text.Encoding.ASCII.GetBytes($"key:{i:D8}");
            Assert.That(run.MayContain(KeyHash.Compute(1, present)), Is.True);
            byte[] absent = System.Text.Encoding.ASCII.GetBytes($"key:{Keys + i:D8}");
            if (run.MayContain(KeyHash.Compute(1, absent))) falsePositives++;
            if (run.MayContain(KeyHash.Compute(2, present))) falsePositives++;
        }

        double rate = falsePositives / (2.0 * Keys);
        TestContext.Out.WriteLine($"false positives: {rate:P2}");
        Assert.That(rate, Is.LessThan(0.02));
        run.Release();
    }

    [Test]
    public void A_writer_that_does_not_finish_leaves_no_file()
    {
        MemoryDisk disk = new();
        using (RunWriter writer = new(disk, "run", ModelEntry.Id))
            writer.Add(ModelEntry.Tombstone(ModelEntry.KeyOf(1, "a"u8)).Entry);
        Assert.That(disk.Paths, Is.Empty);
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void The_last_release_closes_the_file_and_tells_the_reaper()
    {
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", [ModelEntry.Tombstone(ModelEntry.KeyOf(1, "a"u8))]);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        Reaper reaper = new();
        run.Acquire();
        run.MarkDeleted(reaper);
        run.Release();
        Assert.That((disk.OpenFiles, reaper.Reaped.Count), Is.EqualTo((1, 0)));
        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
        Assert.That(reaper.Reaped, Is.EqualTo(new[] { (ModelEntry.Id, "run") }));
    }

    private static void CheckInfo(RunInfo info, SortedDictionary<byte[], ModelEntry> model)
    {
        Assert.That(info.MinKey.SequenceEqual(model.Keys.First()));
        Assert.That(info.MaxKey.SequenceEqual(model.Keys.Last()));
        Assert.That(info.Keyspaces.ToArray(), Is.EqualTo(model.Values
            .GroupBy(entry => InternalKey.Keyspace(entry.Key))
            .Select(group => new KeyspaceCount(
                group.Key,
                group.Count(entry => entry.Kind == RunEntryKind.Put),
                group.Count(entry => entry.Kind == RunEntryKind.Tombstone),
                group.Count(entry => entry.IsUnresolved)))));
        long bytes = model.Values.Sum(entry => entry.Key.Length + entry.Value.Length);
        Assert.That(info.EntryBytes, Is.EqualTo(bytes));
        IEnumerable<byte[]> expiring = model.Keys.Where(key => InternalKey.Keyspace(key) == 0);
        long[] times = [.. expiring.Select(key => InternalKey.ExpiryTime(key))];
        Assert.That(info.ExpiryMin, Is.EqualTo(times.FirstOrDefault()));
        Assert.That(info.ExpiryMax, Is.EqualTo(times.LastOrDefault()));
    }

    private sealed class Reaper : IRunReaper
    {
        public List<(RunId Id, string Path)> Reaped { get; } = [];

        public void Unreferenced(RunId id, string path, long bytes) => Reaped.Add((id, path));
    }
}
