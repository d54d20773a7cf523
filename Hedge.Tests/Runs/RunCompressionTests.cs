using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedge.Storage.Caches;
using Hedge.Storage.Compactions;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

/// <summary>Runs whose blocks are compressed; those of an algorithm that this machine lacks are left
/// out.</summary>
[Category("fast")]
internal sealed class RunCompressionTests
{
    private const BlockCompression Lz4 = BlockCompression.Lz4;
    private const BlockCompression Zstd = BlockCompression.Zstd;

    private static IEnumerable<BlockCompression> Algorithms =>
        new[] { Lz4, Zstd }.Where(CompressionLibrary.IsThere);

    [Test]
    public void This_machine_has_both_libraries() =>
        Assert.That(Algorithms, Is.EqualTo((BlockCompression[])[Lz4, Zstd]));

    [Test]
    public void Random_sets_come_back([ValueSource(nameof(Algorithms))] BlockCompression compression,
        [Values(1, 2, 3, 4, 5, 6, 7, 8)] int seed)
    {
        Random random = new(seed);
        int valueBytesMax = seed switch { 7 => 200_000, 8 => 600_000, _ => 40 << seed };
        SortedDictionary<byte[], ModelEntry> model =
            ModelEntry.RandomSet(random, seed < 7 ? 3000 : 100, valueBytesMax);
        foreach (byte[] key in model.Keys.ToArray())
        {
            if (random.Next(4) == 0) continue;
            byte[] value = model[key].Value;
            value.AsSpan(0, value.Length / 2).CopyTo(value.AsSpan((value.Length + 1) / 2));
            if (random.Next(20) == 0) value.AsSpan().Clear();
        }

        CheckRoundTrip(model.Values, compression);
    }

    /// <summary>Long keys, so that much depends on where they are stored whole.</summary>
    [Test]
    public void Long_keys_come_back([ValueSource(nameof(Algorithms))] BlockCompression compression,
        [Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
        for (int group = 0; group < 60; group++)
        {
            byte[] prefix = [(byte)group, .. ModelEntry.RandomBytes(random, random.Next(7000))];
            prefix.AsSpan(1 + (prefix.Length / 3)).Clear();
            for (int i = random.Next(40); i >= 0; i--)
            {
                byte[] key = ModelEntry.KeyOf(1, [.. prefix, .. ModelEntry.RandomBytes(random, 4)]);
                model[key] = ModelEntry.Put(key, new byte[random.Next(30)]);
            }
        }

        CheckRoundTrip(model.Values, compression);
    }

    [Test]
    public void Sets_of_no_one_or_two_entries_come_back(
        [ValueSource(nameof(Algorithms))] BlockCompression compression,
        [Values(0, 1, 2)] int entries, [Values(0, 3, 3000, 5000, 20_000, 300_000)] int bytes) =>
        CheckRoundTrip(Enumerable.Range(0, entries).Select(i => ModelEntry.Put(KeyOf(i), new byte[bytes])),
            compression);

    /// <summary>What a file loses because blocks end with a page, by how far values shrink.</summary>
    [Test]
    public void Pages_are_nearly_full([ValueSource(nameof(Algorithms))] BlockCompression compression,
        [Values(0.3, 0.5, 0.7)] double ratio, [Values(40, 100, 400, 1000)] int valueBytes)
    {
        MemoryDisk disk = new();
        Random random = new(1);
        int count = 4_000_000 / valueBytes;
        RunInfo info = ModelEntry.Write(disk, "run", Enumerable.Range(0, count)
            .Select(i => ModelEntry.Put(KeyOf(i), Compressible(random, valueBytes, ratio))), null,
            compression);
        ModelEntry.Write(disk, "plain", Enumerable.Range(0, count)
            .Select(i => ModelEntry.Put(KeyOf(i), Compressible(random, valueBytes, ratio))));
        long packed = 0, packedPages = 0, plainPages = 0;
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        for (long i = 0; i < run.Blocks; i++)
        {
            BlockLocation location = run.BlockAt(i);
            ReadOnlySpan<byte> unit = disk.Content("run").Slice((int)location.Offset, location.Length);
            if (!PackedBlock.IsPacked(unit))
            {
                plainPages += location.Pages;
                continue;
            }

            packed += BinaryPrimitives.ReadInt32LittleEndian(unit[12..]) + PackedBlock.HeaderBytes;
            packedPages += location.Pages;
        }

        run.Release();
        double full = packed / (double)(packedPages * Page.Bytes);
        TestContext.Out.WriteLine($"{compression}, {valueBytes} bytes, {ratio}: {full:P1} full, "
            + $"{plainPages} of {packedPages + plainPages} pages not compressed, blocks shrink to "
            + $"{(double)info.StoredBlockBytes / info.BlockBytes:P1}, the file to "
            + $"{(double)info.FileBytes / disk.Content("plain").Length:P1}");
        // Where seven or eight entries are a page, half an entry is lost as it is without compression.
        Assert.That(full, Is.GreaterThan(valueBytes < 1000 ? 0.92 : 0.87));
        Assert.That(plainPages, Is.LessThan(packedPages / 10));
        Assert.That(info.FileBytes, Is.LessThanOrEqualTo(disk.Content("plain").Length));
    }

    [Test]
    public void Incompressible_values_take_no_more_than_without(
        [ValueSource(nameof(Algorithms))] BlockCompression compression,
        [Values(20, 100, 1400, 3000, 30_000)] int valueBytes)
    {
        MemoryDisk disk = new();
        Random random = new(2);
        ModelEntry[] entries = [.. Enumerable.Range(0, 3_000_000 / valueBytes)
            .Select(i => ModelEntry.Put(KeyOf(i), ModelEntry.RandomBytes(random, valueBytes)))];
        RunInfo packed = ModelEntry.Write(disk, "run", entries, null, compression);
        RunInfo plain = ModelEntry.Write(disk, "plain", entries);
        Assert.That(packed.FileBytes, Is.LessThanOrEqualTo(plain.FileBytes * 1.02));
    }

    [Test]
    public void No_flipped_bit_of_a_compressed_run_gives_a_wrong_answer(
        [ValueSource(nameof(Algorithms))] BlockCompression compression)
    {
        const int seed = 5;
        Random random = new(seed);
        MemoryDisk disk = new();
        ModelEntry[] entries = Compressibles(random, 400);
        ModelEntry.Write(disk, "run", entries, null, compression);
        for (int flip = 0; flip < 4000; flip++)
        {
            int at = random.Next(disk.Content("run").Length);
            byte mask = (byte)(1 << random.Next(8));
            disk.Content("run")[at] ^= mask;
            Assert.Throws<RunFormatException>(() => ReadAll(disk), $"seed {seed}: the flip at {at}");
            disk.Content("run")[at] ^= mask;
        }

        Assert.That(ReadAll(disk), Is.EqualTo(entries));
    }

    /// <summary>What no seal protects from: a block that was sealed with nonsense in it. It is refused or
    /// unpacked to something, within its bounds.</summary>
    [Test]
    public void Nonsense_under_a_right_seal_stays_within_bounds(
        [ValueSource(nameof(Algorithms))] BlockCompression compression)
    {
        Random random = new(6);
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", Compressibles(random, 400), null, compression);
        byte[] intact = disk.Content("run").Slice(Page.Bytes, Page.Bytes).ToArray();
        Assert.That(PackedBlock.IsPacked(intact));
        using BlockCodec codec = new();
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] unit = [.. intact];
            for (int flips = random.Next(1, 5); flips > 0; flips--)
                unit[random.Next(random.Next(2) == 0 ? 16 : unit.Length)] = (byte)random.Next(256);
            if (!PackedBlock.IsPacked(unit)) continue;
            int pages = PackedBlock.PagesOf(unit);
            Assert.That(pages, Is.LessThanOrEqualTo(PackedBlock.PagesMax));
            if (pages == 0 || !PackedBlock.TryUnpack(codec, unit, new byte[pages * Page.Bytes]))
                refused++;
        }

        Assert.That(refused, Is.GreaterThan(1000));
    }

    [Test]
    public void Runs_of_all_kinds_are_merged_to_one_of_any_kind(
        [Values(BlockCompression.None, Lz4, Zstd)] BlockCompression output)
    {
        Assume.That(Algorithms.Count(), Is.EqualTo(2));
        MemoryDisk disk = new();
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.NewSet();
        List<Run> runs = [];
        BlockCompression[] kinds = [Zstd, BlockCompression.None, Lz4, Zstd];
        foreach ((int i, BlockCompression kind) in kinds.Index())
        {
            ModelEntry[] entries = Compressibles(new Random(i), 2000);
            foreach (ModelEntry entry in entries) model[entry.Key] = entry;
            RunId id = new(3, (ulong)i);
            ModelEntry.Write(disk, $"{i}", entries, id, kind);
            runs.Insert(0, Run.Open(disk, $"{i}", id));
        }

        using CompactionJob job = new(disk, new CompactionPlan
        {
            Inputs = runs,
            IsCounted = [.. runs.Select(_ => true)],
            Output = ModelEntry.Id,
            OutputPath = "run",
            IncludesOldest = true,
            IsLiveKeyspace = _ => true,
            ExpiryHorizon = 0,
            Writing = new RunWriterSettings { Compression = output },
        });
        while (job.Step())
        {
        }

        Assert.That(job.Output!.Compression, Is.EqualTo(output));
        Assert.That(job.Output.StoredBlockBytes < job.Output.BlockBytes,
            Is.EqualTo(output != BlockCompression.None));
        Assert.That(ReadAll(disk), Is.EqualTo(model.Values));
        foreach (Run run in runs) run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void The_cache_holds_blocks_unpacked_and_counts_them_so(
        [ValueSource(nameof(Algorithms))] BlockCompression compression)
    {
        MemoryDisk disk = new();
        ModelEntry[] entries = Compressibles(new Random(3), 2000);
        ModelEntry.Write(disk, "run", entries, null, compression);
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        MemoryDiskQueue queue = new(disk);
        using BlockCache cache = new(queue, 64 * 1024);
        foreach (ModelEntry entry in entries)
        {
            Assert.That(run.TryLocate(entry.Key, out BlockLocation location));
            if (!cache.TryGet(run, location, BlockUse.Lookup, out _))
                cache.Load(run, location, new IgnoringWaiter());
            queue.CompleteAll();
            Assert.That(cache.TryGet(run, location, BlockUse.Lookup, out ReadOnlySpan<byte> block));
            Assert.That(BlockReader.TryFind(block, entry.Key, out RunEntry found));
            Assert.That(ModelEntry.From(found), Is.EqualTo(entry));
            cache.EndTurn();
            Assert.That(cache.Bytes, Is.LessThanOrEqualTo(cache.BytesMax));
        }

        Assert.That(cache.LoadedBytes,
            Is.EqualTo(queue.Started * (long)Page.Bytes).Within(20).Percent);
        cache.Clear();
        Assert.That(cache.Bytes, Is.Zero);
        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void A_run_of_an_algorithm_that_this_machine_lacks_is_refused_when_it_is_opened()
    {
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", Compressibles(new Random(3), 100));
        int offset = disk.Content("run").Length - (2 * Page.Bytes);
        Span<byte> properties = disk.Content("run").Slice(offset, Page.Bytes);
        BinaryPrimitives.WriteInt32LittleEndian(properties[40..], 9);
        RunFormat.Seal(properties, ModelEntry.Id, offset);
        RunFormatException? refusal =
            Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", ModelEntry.Id));
        Assert.That(refusal!.Message,
            Is.EqualTo("run file run cannot be read: this build does not know the algorithm"));
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    private static void CheckRoundTrip(IEnumerable<ModelEntry> ascending, BlockCompression compression)
    {
        MemoryDisk disk = new();
        ModelEntry[] entries = [.. ascending];
        RunInfo info = ModelEntry.Write(disk, "run", entries, null, compression);
        Assert.That(ReadAll(disk), Is.EqualTo(entries));
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        Assert.That(run.Info.BlockBytes, Is.EqualTo(info.BlockBytes));
        Assert.That(run.Info.StoredBlockBytes, Is.LessThanOrEqualTo(info.BlockBytes));
        Assert.That(run.Info.Compression, Is.EqualTo(compression));
        foreach (ModelEntry entry in entries)
        {
            Assert.That(ModelEntry.Find(disk, run, entry.Key), Is.EqualTo(entry));
            byte[] absent = [.. entry.Key, 0, 0];
            Assert.That(ModelEntry.Find(disk, run, absent), Is.Null);
        }

        using (RunScanner scanner = new(disk, run))
        {
            foreach (int i in (int[])[0, entries.Length / 2, entries.Length - 1])
            {
                if (entries.Length == 0) continue;
                scanner.Seek(entries[i].Key);
                Assert.That(scanner.MoveNext(), Is.EqualTo(CursorState.Ready));
                Assert.That(ModelEntry.From(scanner.Current), Is.EqualTo(entries[i]));
            }
        }

        run.Release();
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    private static List<ModelEntry> ReadAll(MemoryDisk disk)
    {
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        try
        {
            using RunScanner scanner = new(disk, run);
            return ModelEntry.Drain(scanner);
        }
        finally
        {
            run.Release();
        }
    }

    private static ModelEntry[] Compressibles(Random random, int count) => [.. Enumerable.Range(0, count)
        .Where(_ => random.Next(3) > 0)
        .Select(i => ModelEntry.Put(KeyOf(i), Compressible(random, random.Next(10, 200), 0.5)))];

    // A random part, over and over, as db_bench makes values.
    private static byte[] Compressible(Random random, int bytes, double ratio)
    {
        byte[] part = ModelEntry.RandomBytes(random, Math.Max(1, (int)(bytes * ratio)));
        byte[] value = new byte[bytes];
        for (int i = 0; i < bytes; i++) value[i] = part[i % part.Length];
        return value;
    }

    private static byte[] KeyOf(int number) => ModelEntry.KeyOf(1, Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"user:{number:D12}")));

    private sealed class IgnoringWaiter : IBlockWaiter
    {
        public void BlockLoaded(Run run, BlockLocation location, BlockStatus status) =>
            Assert.That(status.IsOk);
    }
}
