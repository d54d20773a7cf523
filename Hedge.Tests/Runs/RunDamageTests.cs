using System.Buffers.Binary;
using Hedge.Storage.Filters;
using Hedge.Storage.Runs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Runs;

[Category("fast")]
public sealed class RunDamageTests
{
    [Test]
    public void No_flipped_bit_ever_gives_a_wrong_answer()
    {
        const int Seed = 20_261;
        int flipsPerFile = SimCounts.Times(5_000);
        Random random = new(Seed);
        int refused = 0;
        int reported = 0;
        for (int file = 0; file < 8; file++)
        {
            MemoryDisk disk = new();
            int valueBytesMax = file % 2 == 0 ? 200 : 9000;
            SortedDictionary<byte[], ModelEntry> model = ModelEntry.RandomSet(random, 60, valueBytesMax);
            ModelEntry.Write(disk, "run", model.Values);
            ModelEntry[] all = [.. model.Values];
            for (int flip = 0; flip < flipsPerFile; flip++)
            {
                int at = random.Next(disk.Content("run").Length);
                byte mask = (byte)(1 << random.Next(8));
                disk.Content("run")[at] ^= mask;
                Outcome outcome = Examine(disk, all, model, random);
                if (outcome == Outcome.Refused) refused++;
                else if (outcome == Outcome.Reported) reported++;
                else Assert.Fail($"seed {Seed}: the flip at {at} of file {file} was not noticed");

                disk.Content("run")[at] ^= mask;
                Assert.That(disk.OpenFiles, Is.Zero);
            }
        }

        Figures.Count("flips-run", ("flips", refused + reported), ("seed", Seed), ("wrong", 0));
        Assert.That(refused, Is.GreaterThan(0));
        Assert.That(reported, Is.GreaterThan(0));
    }

    [Test]
    public void A_block_from_another_place_or_another_run_is_not_believed()
    {
        MemoryDisk disk = new();
        ModelEntry[] entries = [.. Enumerable.Range(0, 300).Select(i => ModelEntry.Put(
            ModelEntry.KeyOf(1, System.Text.Encoding.ASCII.GetBytes($"{i:D5}")), new byte[100]))];
        ModelEntry.Write(disk, "run", entries);
        ModelEntry.Write(disk, "other", entries, new RunId(3, 42));
        byte[] intact = disk.Content("run").ToArray();

        intact.AsSpan(4096, 4096).CopyTo(disk.Content("run")[8192..]);
        AssertScanFails(disk);
        disk.SetContent("run", intact);
        disk.Content("other").Slice(8192, 4096).CopyTo(disk.Content("run")[8192..]);
        AssertScanFails(disk);
    }

    [Test]
    public void A_file_cut_anywhere_or_grown_is_refused()
    {
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", ModelEntry.RandomSet(new Random(5), 200, 500).Values);
        byte[] intact = disk.Content("run").ToArray();
        for (int length = 0; length < intact.Length; length += 1024)
        {
            disk.SetContent("run", intact.AsSpan(0, length));
            Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", ModelEntry.Id));
        }

        disk.SetContent("run", [.. intact, .. new byte[4096]]);
        Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", ModelEntry.Id));
        Assert.That(disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void An_unknown_version_is_refused_by_name()
    {
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", []);
        Span<byte> header = disk.Content("run")[..4096];
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], 9);
        RunFormat.Seal(header, ModelEntry.Id, 0);
        RunFormatException? refusal =
            Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", ModelEntry.Id));
        Assert.That(refusal!.Message, Is.EqualTo("run file run has format version 9; this build reads 3"));
    }

    [Test]
    public void A_run_under_another_name_is_refused()
    {
        MemoryDisk disk = new();
        ModelEntry.Write(disk, "run", []);
        Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", new RunId(3, 42)));
        Assert.Throws<RunFormatException>(() => Run.Open(disk, "run", new RunId(4, 41)));
    }

    [Test]
    public void Every_failing_operation_of_a_writer_is_an_error_and_leaves_no_file()
    {
        SortedDictionary<byte[], ModelEntry> model = ModelEntry.RandomSet(new Random(9), 3000, 9000);
        int failures = 0;
        for (bool done = false; !done; failures++)
        {
            MemoryDisk disk = new() { FailAfter = failures };
            try
            {
                ModelEntry.Write(disk, "run", model.Values);
                done = true;
            }
            catch (Hedge.Storage.Io.DiskException)
            {
                Assert.That(disk.Paths, Is.Empty);
            }

            Assert.That(disk.OpenFiles, Is.Zero);
        }

        Assert.That(failures, Is.GreaterThan(3));
    }

    [Test]
    public void Vector_and_scalar_probes_of_the_filter_agree()
    {
        Random random = new(31);
        Span<byte> bucket = stackalloc byte[BloomFilter.BucketBytes];
        int found = 0;
        for (int i = 0; i < 50_000; i++)
        {
            if (i % 100 == 0) random.NextBytes(bucket);
            ulong hash = (ulong)random.NextInt64();
            if (i % 10 == 0) BloomFilter.Add(bucket, hash);
            bool contains = BloomFilter.Contains(bucket, hash);
            Assert.That(contains, Is.EqualTo(BloomFilter.ContainsScalar(bucket, hash)));
            if (contains) found++;
        }

        Assert.That(found, Is.InRange(5_000, 45_000));
    }

    private enum Outcome
    {
        Unnoticed,
        Refused,
        Reported,
    }

    private static Outcome Examine(
        MemoryDisk disk, ModelEntry[] all, SortedDictionary<byte[], ModelEntry> model, Random random)
    {
        Run run;
        try
        {
            run = Run.Open(disk, "run", ModelEntry.Id);
        }
        catch (RunFormatException)
        {
            return Outcome.Refused;
        }

        Outcome outcome = Outcome.Unnoticed;
        for (int i = 0; i < 4; i++)
        {
            byte[] key = all[random.Next(all.Length)].Key;
            try
            {
                Assert.That(ModelEntry.Find(disk, run, key), Is.EqualTo(model[key]));
            }
            catch (RunFormatException)
            {
                outcome = Outcome.Reported;
            }
        }

        using (RunScanner scanner = new(disk, run))
        {
            try
            {
                for (int i = 0; scanner.MoveNext() == CursorState.Ready; i++)
                    Assert.That(ModelEntry.From(scanner.Current), Is.EqualTo(all[i]));
            }
            catch (RunFormatException)
            {
                outcome = Outcome.Reported;
            }
        }

        run.Release();
        return outcome;
    }

    private static void AssertScanFails(MemoryDisk disk)
    {
        Run run = Run.Open(disk, "run", ModelEntry.Id);
        using (RunScanner scanner = new(disk, run))
            Assert.Throws<RunFormatException>(() => ModelEntry.Drain(scanner));
        run.Release();
    }
}
