using Hedge.Storage;
using Hedge.Storage.Io;
using Hedge.Storage.Manifests;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Manifests;

[TestFixture]
[Category("fast")]
public sealed class ManifestTests
{
    [Test]
    public void A_manifest_reads_back_as_it_was_saved()
    {
        SimDisk disk = Disk(1);
        ManifestStore store = new(disk, "data");
        SimSeed seed = new(1);
        for (int i = 0; i < 200; i++)
        {
            PartitionManifest manifest = Random(seed, 3);
            store.Save(manifest);
            Assert.That(store.Load(3), Is.EqualTo(manifest));
        }
    }

    [Test]
    public void A_missing_a_foreign_and_a_newer_manifest_are_refused_by_name()
    {
        SimDisk disk = Disk(1);
        ManifestStore store = new(disk, "data");
        ManifestException? missing = Assert.Throws<ManifestException>(() => store.Load(5));
        Assert.That(missing!.Problem, Is.EqualTo(ManifestProblem.Missing));
        Assert.That(missing.Message, Does.Contain("data/p05/MANIFEST"));
        store.Save(PartitionManifest.Empty(5, 16));
        disk.CreateDirectory("data/p06");
        disk.Rename("data/p05/MANIFEST", "data/p06/MANIFEST");
        ManifestException? foreign = Assert.Throws<ManifestException>(() => store.Load(6));
        Assert.That(foreign!.Message, Does.Contain("partition 5"));
        store.Save(PartitionManifest.Empty(5, 16));
        Stamp(disk, "data/p05/MANIFEST", 4);
        ManifestException? newer = Assert.Throws<ManifestException>(() => store.Load(5));
        Assert.That(newer!.Problem, Is.EqualTo(ManifestProblem.UnknownVersion));
        Assert.That(newer.Message, Does.Contain("data/p05/MANIFEST").And.Contain("version 9"));
    }

    [Test]
    public void Every_flipped_bit_and_every_cut_of_a_manifest_is_found()
    {
        SimDisk disk = Disk(1);
        ManifestStore store = new(disk, "data");
        SimSeed seed = new(2);
        int flips = 0;
        while (flips < 10_000)
        {
            store.Save(Random(seed, 0));
            int length = disk.Peek("data/p00/MANIFEST").Length;
            for (long bit = 0; bit < length * 8; bit++, flips++)
            {
                disk.FlipBit("data/p00/MANIFEST", bit);
                Assert.That(() => store.Load(0), Throws.TypeOf<ManifestException>(), $"bit {bit}");
                disk.FlipBit("data/p00/MANIFEST", bit);
            }

            using DiskFile file = disk.Open("data/p00/MANIFEST", DiskOpenMode.ReadWrite);
            for (int cut = length - 1; cut >= 0; cut--)
            {
                disk.Truncate(file, cut);
                Assert.That(() => store.Load(0), Throws.TypeOf<ManifestException>(), $"cut to {cut}");
            }
        }

        Figures.Count("flips-manifest", ("flips", flips), ("wrong", 0));
    }

    [Test]
    public void A_crash_at_any_step_leaves_the_old_manifest_or_the_new_one()
    {
        int points = 0;
        for (ulong seed = 0; seed < 100; seed++)
        {
            for (long crashAt = 1; ; crashAt++, points++)
            {
                SimDisk disk = Disk(seed);
                ManifestStore store = new(disk, "data");
                SimSeed chance = new(seed);
                List<PartitionManifest> saved = [PartitionManifest.Empty(0, 16)];
                store.Save(saved[0]);
                disk.CrashAt = disk.Mutations + crashAt;
                PartitionManifest next = saved[0];
                try
                {
                    for (int i = 0; i < 4; i++)
                    {
                        next = Random(chance, 0);
                        store.Save(next);
                        saved.Add(next);
                    }
                }
                catch (SimCrashException)
                {
                }

                bool crashed = disk.IsDown;
                disk.Crash();
                PartitionManifest found = store.Load(0);
                Assert.That(found.Equals(saved[^1]) || found.Equals(next), $"seed {seed}, crash {crashAt}");
                store.Save(saved[0]);
                Assert.That(store.Load(0), Is.EqualTo(saved[0]));
                if (!crashed) break;
            }
        }

        TestContext.Out.WriteLine($"{points} crash points");
    }

    [Test]
    public void A_failure_at_any_step_is_reported_and_leaves_the_old_manifest_or_the_new_one()
    {
        for (int n = 0; n < 5; n++)
        {
            SimDisk disk = Disk((ulong)n);
            ManifestStore store = new(disk, "data");
            PartitionManifest old = PartitionManifest.Empty(0, 16);
            store.Save(old);
            PartitionManifest next = old with { FlushedSequence = 7 };
            disk.Faults.Add(new SimDiskFault
            {
                When = operation =>
                    operation.Kind is not (SimDiskOperationKind.Open or SimDiskOperationKind.Read),
                Kind = SimDiskFaultKind.Fail,
                Skip = n,
            });
            Assert.That(() => store.Save(next), Throws.TypeOf<DiskException>());
            Assert.That(store.Load(0), Is.AnyOf(old, next));
            disk.Crash();
            Assert.That(store.Load(0), Is.AnyOf(old, next));
            store.Save(next);
            Assert.That(store.AfterCrash(disk), Is.EqualTo(next));
        }
    }

    [Test]
    public void A_data_directory_keeps_its_identity_and_has_one_user()
    {
        SimDisk disk = new(1);
        SimSeed seed = new(1);
        DataDirectory first = DataDirectory.Open(disk, seed, "some/where", 8, 16);
        Assert.That(first.Partitions, Is.EqualTo(8));
        ManifestException? busy = Assert.Throws<ManifestException>(
            () => DataDirectory.Open(disk, seed, "some/where", 8, 16));
        Assert.That(busy!.Message, Is.EqualTo("data directory some/where is in use by another process"));
        first.Dispose();
        using DataDirectory again = DataDirectory.Open(disk, seed, "some/where", 32, 16);
        Assert.That((again.Partitions, again.Id), Is.EqualTo((8, first.Id)));
        Assert.That(
            new ManifestStore(disk, "some/where").Load(7), Is.EqualTo(PartitionManifest.Empty(7, 16)));
    }

    [Test]
    public void A_crash_in_the_first_start_lets_the_next_one_succeed()
    {
        for (ulong seed = 0; seed < 10; seed++)
        {
            for (long crashAt = 1; ; crashAt++)
            {
                SimDisk disk = new(seed) { CrashAt = crashAt };
                UInt128 id = 0;
                try
                {
                    id = DataDirectory.Open(disk, new SimSeed(seed), "data", 4, 16).Id;
                }
                catch (SimCrashException)
                {
                }

                bool crashed = disk.IsDown;
                disk.Crash();
                using DataDirectory found = DataDirectory.Open(disk, new SimSeed(seed + 1000), "data", 4, 16);
                if (!crashed) Assert.That(found.Id, Is.EqualTo(id));
                for (int i = 0; i < 4; i++) new ManifestStore(disk, "data").Load(i);
                if (!crashed) break;
            }
        }
    }

    [Test]
    public void A_directory_of_the_version_before_opens_and_its_life_is_its_id()
    {
        SimDisk disk = new(1);
        DataDirectory.Open(disk, new SimSeed(1), "data", 4, 16).Dispose();
        byte[] identity = disk.Peek("data/HEDGE").ToArray()[..40];
        identity[8] = 2;
        BitConverter.TryWriteBytes(identity.AsSpan(36), Crc32C.Compute(identity.AsSpan(0, 36)));
        using (DiskFile file = disk.Open("data/HEDGE", DiskOpenMode.ReadWrite)) disk.Truncate(file, 40);
        disk.Poke("data/HEDGE", 0, identity);
        using (DataDirectory directory = DataDirectory.Open(disk, new SimSeed(2), "data", 4, 16))
        {
            Assert.That(directory.Life, Is.EqualTo(directory.Id));
            directory.Set(disk, 2, 77);
        }

        using DataDirectory again = DataDirectory.Open(disk, new SimSeed(2), "data", 4, 16);
        Assert.That((again.Ledgers, again.Life, again.Partitions), Is.EqualTo((2, (UInt128)77, 4)));
    }

    [Test]
    public void A_damaged_newer_or_foreign_data_directory_is_refused()
    {
        SimDisk disk = new(1);
        DataDirectory.Open(disk, new SimSeed(1), "data", 4, 16).Dispose();
        for (long bit = 0; bit < 56 * 8; bit++)
        {
            disk.FlipBit("data/HEDGE", bit);
            Assert.That(() => Reopen(disk), Throws.TypeOf<ManifestException>(), $"bit {bit}");
            disk.FlipBit("data/HEDGE", bit);
        }

        Stamp(disk, "data/HEDGE", 4);
        Assert.That(
            () => Reopen(disk), Throws.TypeOf<ManifestException>().With.Message.Contains("version 9"));
        disk.Delete("data/HEDGE");
        disk.CreateDirectory("data/log");
        Assert.That(
            () => Reopen(disk),
            Throws.TypeOf<ManifestException>().With.Property("Problem").EqualTo(
                ManifestProblem.WrongDirectory));
    }

    private static void Reopen(SimDisk disk) =>
        DataDirectory.Open(disk, new SimSeed(1), "data", 4, 16).Dispose();

    private static SimDisk Disk(ulong seed)
    {
        SimDisk disk = new(seed);
        disk.CreateDirectory("data");
        disk.SyncDirectory("/");
        return disk;
    }

    // Gives a file format version 9 with a right checksum.
    private static void Stamp(SimDisk disk, string path, int sumBytes)
    {
        byte[] bytes = disk.Peek(path).ToArray();
        bytes[8] = 9;
        BitConverter.TryWriteBytes(
            bytes.AsSpan(bytes.Length - sumBytes), Crc32C.Compute(bytes.AsSpan(..^sumBytes)));
        disk.Poke(path, 0, bytes);
    }

    private static PartitionManifest Random(SimSeed seed, int partition)
    {
        uint nextKeyspace = 17 + (uint)seed.Below(1000);
        return PartitionManifest.Empty(partition, 16) with
        {
            Runs = [.. Enumerable.Range(1, 1 + seed.Below(8)).Select(n =>
                new ManifestRun((ulong)n * 3, seed.Below(1L << 40), n > 1 && seed.Chance(0.5)))],
            NextFileNumber = 100 + (seed.Next() >> 8),
            FlushedSequence = seed.Next() >> seed.Below(60),
            NextKeyspace = nextKeyspace + 20,
            DeadKeyspaces = [.. Enumerable.Range(0, seed.Below(4)).Select(n => nextKeyspace + (uint)n)],
            Keys = [.. Enumerable.Range(1, seed.Below(16)).Select(n =>
                new KeyspaceKeys((uint)n, seed.Below(1L << 33) - (n % 3 == 0 ? 1L << 32 : 0),
                    seed.Below(1L << 33) - (n % 4 == 0 ? 1L << 32 : 0)))],
            ExpiryHorizon = seed.Below(1L << 42),
        };
    }
}

internal static class ManifestStoreExtensions
{
    /// <summary>Partition 0's manifest as a crash now would leave it.</summary>
    public static PartitionManifest AfterCrash(this ManifestStore store, SimDisk disk)
    {
        Assert.That(store.Load(0), Is.Not.Null);
        return new ManifestStore(disk.AfterCrash(99), "data").Load(0);
    }
}
