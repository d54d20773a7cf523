using System.Runtime.InteropServices;
using Hedge.Storage.Io;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

[TestFixture]
[Category("fast")]
public sealed class SimDiskTests
{
    [Test]
    public void A_write_is_readable_at_once_and_durable_only_after_sync()
    {
        HashSet<string> outcomes = [];
        for (ulong seed = 0; seed < 200; seed++)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            disk.Write(file, 0, "new"u8);
            Assert.That(Text(disk), Is.EqualTo("new"));
            outcomes.Add(Text(disk.AfterCrash(seed)));
            disk.Sync(file);
            Assert.That(Text(disk.AfterCrash(seed)), Is.EqualTo("new"));
        }

        Assert.That(outcomes, Does.Contain("old").And.Contain("new"));
        Assert.That(outcomes.Any(o => o is not ("old" or "new")), "torn at a byte");
    }

    [Test]
    public void Sectors_survive_a_crash_one_by_one()
    {
        HashSet<string> outcomes = [];
        for (ulong seed = 0; seed < 300; seed++)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            disk.Allocate(file, 1536);
            disk.Sync(file);
            disk.Write(file, 0, Enumerable.Repeat((byte)'x', 1536).ToArray());
            ReadOnlySpan<byte> after = disk.AfterCrash(seed).Peek("d/f").Span;
            Assert.That(after.Length, Is.EqualTo(1536));
            outcomes.Add($"{after[400] == 'x'} {after[900] == 'x'} {after[1400] == 'x'}");
        }

        Assert.That(outcomes, Has.Count.EqualTo(8));
    }

    [Test]
    public void A_later_write_of_a_sector_never_survives_without_the_earlier_one()
    {
        for (ulong seed = 0; seed < 300; seed++)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            disk.Write(file, 0, "1"u8);
            disk.Write(file, 1, "2"u8);
            Assert.That(Text(disk.AfterCrash(seed)), Is.AnyOf("old", "1ld", "12d"));
        }
    }

    [Test]
    public void Unsynced_lengths_are_old_or_new()
    {
        HashSet<int> lengths = [];
        for (ulong seed = 0; seed < 100; seed++)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            disk.Allocate(file, 5000);
            disk.Truncate(file, 1);
            lengths.Add(disk.AfterCrash(seed).Peek("d/f").Length);
        }

        Assert.That(lengths, Is.EquivalentTo((int[])[3, 5000, 1]));
    }

    [Test]
    public void Names_are_durable_after_the_directory_sync_only()
    {
        HashSet<string> outcomes = [];
        for (ulong seed = 0; seed < 200; seed++)
        {
            SimDisk disk = Prepared(seed, out _);
            disk.Open("d/g", DiskOpenMode.Create).Dispose();
            disk.Rename("d/f", "d/h");
            outcomes.Add(string.Join(' ', disk.AfterCrash(seed).List("d")));
            disk.SyncDirectory("d");
            Assert.That(disk.AfterCrash(seed).List("d"), Is.EqualTo((string[])["g", "h"]));
            disk.Delete("d/g");
            disk.SyncDirectory("d");
            Assert.That(disk.AfterCrash(seed).List("d"), Is.EqualTo((string[])["h"]));
        }

        Assert.That(outcomes, Is.EquivalentTo((string[])["f", "h", "f g", "g h"]));
    }

    [Test]
    public void A_failed_sync_may_forget_dirty_pages_and_let_the_next_sync_succeed()
    {
        int lost = 0;
        for (ulong seed = 0; seed < 50; seed++)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            disk.Faults.Add(On(SimDiskOperationKind.Sync, SimDiskFaultKind.Fail));
            disk.Write(file, 0, "new"u8);
            Assert.That(() => disk.Sync(file), Throws.TypeOf<DiskException>());
            disk.Sync(file);
            Assert.That(Text(disk), Is.EqualTo("new"));
            if (Text(disk.AfterCrash(seed)) != "new") lost++;
        }

        Assert.That(lost, Is.GreaterThan(5));
    }

    [Test]
    public void Lost_and_misdirected_writes_report_success()
    {
        SimDisk disk = Prepared(1, out DiskFile file);
        disk.Faults.Add(On(SimDiskOperationKind.Write, SimDiskFaultKind.Lost));
        disk.Write(file, 0, "new"u8);
        disk.Sync(file);
        Assert.That(Text(disk), Is.EqualTo("new"));
        Assert.That(Text(disk.AfterCrash(1)), Is.EqualTo("old"));
        disk.Faults.Add(On(SimDiskOperationKind.Write, SimDiskFaultKind.Misdirected));
        disk.Write(file, 0, "off"u8);
        Assert.That(disk.Peek("d/f").Span[4096..].SequenceEqual("off"u8));
    }

    [Test]
    public void A_full_disk_answers_with_no_space()
    {
        SimDisk disk = Prepared(1, out DiskFile file);
        disk.CapacityBytes = 10;
        Assert.That(disk.FreeBytes("d"), Is.EqualTo(7));
        DiskException? error = Assert.Throws<DiskException>(() => disk.Write(file, 3, "12345678"u8));
        Assert.That(error!.ErrorNumber, Is.EqualTo(Errno.NoSpace));
        Assert.That(() => disk.Allocate(file, 11), Throws.TypeOf<DiskException>());
        disk.Write(file, 3, "1234567"u8);
    }

    [Test]
    public void The_power_fails_at_the_chosen_mutation_and_everything_after_is_refused()
    {
        SimDisk disk = Prepared(1, out DiskFile file);
        disk.CrashAt = disk.Mutations + 2;
        disk.Write(file, 0, "new"u8);
        Assert.That(() => disk.Sync(file), Throws.TypeOf<SimCrashException>());
        Assert.That(disk.IsDown);
        Assert.That(() => disk.Write(file, 0, "x"u8), Throws.TypeOf<SimCrashException>());
        disk.Crash();
        Assert.That(() => disk.Write(file, 0, "x"u8), Throws.InvalidOperationException);
        Assert.That(disk.Exists("d/f"));
    }

    [Test]
    public void Locks_end_with_their_holder_or_with_the_crash()
    {
        SimDisk disk = Prepared(1, out _);
        IDisposable? held = disk.TryLock("d");
        Assert.That(disk.TryLock("/d/"), Is.Null);
        held!.Dispose();
        held = disk.TryLock("d");
        Assert.That(held, Is.Not.Null);
        disk.Crash();
        Assert.That(disk.TryLock("d"), Is.Not.Null);
    }

    [Test]
    public unsafe void A_sync_covers_what_was_complete_before_it_started()
    {
        SimDisk disk = Prepared(3, out DiskFile file);
        SimDiskQueue queue = disk.CreateQueue();
        byte* buffer = (byte*)NativeMemory.AllocZeroed(3);
        "new"u8.CopyTo(new Span<byte>(buffer, 3));
        List<int> results = [];
        queue.Write(file, 0, buffer, 3, new Recorder(results));
        queue.Sync(file, new Recorder(results));
        Assert.That(Text(disk), Is.EqualTo("old"));
        Assert.That(disk.CompleteNext(count => 0));
        Assert.That(Text(disk), Is.EqualTo("new"));
        Assert.That(disk.CompleteNext(count => 0));
        Assert.That(results, Is.EqualTo((int[])[3, 0]));
        bool survivesAlways = true;
        for (ulong seed = 0; seed < 50; seed++) survivesAlways &= Text(disk.AfterCrash(seed)) == "new";
        Assert.That(survivesAlways, Is.False, "the sync was started before the write was complete");
        queue.WriteThenSync(file, 0, buffer, 3, new Recorder(results));
        Assert.That(queue.Poll(), Is.EqualTo(1));
        for (ulong seed = 0; seed < 50; seed++) Assert.That(Text(disk.AfterCrash(seed)), Is.EqualTo("new"));
        NativeMemory.Free(buffer);
    }

    [Test]
    public unsafe void Operations_wait_for_their_latency_and_short_transfers_and_errors_are_reported()
    {
        SimClock clock = new();
        SimDisk disk = new(4, clock) { Latency = _ => 100 };
        disk.CreateDirectory("d");
        DiskFile file = disk.Open("d/f", DiskOpenMode.Create);
        SimDiskQueue queue = disk.CreateQueue();
        byte* buffer = (byte*)NativeMemory.AllocZeroed(1000);
        List<int> results = [];
        queue.Write(file, 0, buffer, 1000, new Recorder(results));
        Assert.That(queue.Poll(), Is.Zero);
        clock.Advance(100);
        Assert.That(queue.Poll(), Is.EqualTo(1));
        disk.Faults.Add(On(SimDiskOperationKind.Write, SimDiskFaultKind.Short));
        disk.Faults.Add(On(SimDiskOperationKind.Read, SimDiskFaultKind.Fail));
        queue.Write(file, 0, buffer, 1000, new Recorder(results));
        queue.Read(file, 0, buffer, 1000, new Recorder(results));
        clock.Advance(100);
        queue.Poll();
        Assert.That(results[0], Is.EqualTo(1000));
        Assert.That(results[1], Is.LessThan(1000).And.GreaterThanOrEqualTo(0));
        Assert.That(results[2], Is.EqualTo(-Errno.IoError));
        NativeMemory.Free(buffer);
    }

    [Test]
    public void The_same_seed_gives_the_same_trace_and_the_same_crash()
    {
        (ulong, string) Run(ulong seed)
        {
            SimDisk disk = Prepared(seed, out DiskFile file);
            for (int i = 0; i < 20; i++) disk.Write(file, disk.Seed.Below(3000), "abcdefgh"u8);
            disk.Crash();
            return (disk.TraceHash, Convert.ToHexString(disk.Peek("d/f").Span));
        }

        Assert.That(Run(5), Is.EqualTo(Run(5)));
        Assert.That(Run(5), Is.Not.EqualTo(Run(6)));
    }

    private static SimDisk Prepared(ulong seed, out DiskFile file)
    {
        SimDisk disk = new(seed);
        disk.CreateDirectory("d");
        disk.SyncDirectory("/");
        file = disk.Open("d/f", DiskOpenMode.Create);
        disk.Write(file, 0, "old"u8);
        disk.Sync(file);
        disk.SyncDirectory("d");
        return disk;
    }

    private static string Text(SimDisk disk) => System.Text.Encoding.ASCII.GetString(disk.Peek("d/f").Span);

    private static SimDiskFault On(SimDiskOperationKind kind, SimDiskFaultKind fault) =>
        new() { When = operation => operation.Kind == kind, Kind = fault };

    private sealed class Recorder(List<int> results) : DiskOperation
    {
        public override void Complete(int result) => results.Add(result);
    }
}
