using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Replays;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

/// <summary>Several records stand in one frame, which is what is torn or whole.</summary>
[TestFixture]
[Category("fast")]
public sealed class LogFrameTests
{
    private const string First = "data/log/0-1.log";

    [Test]
    public void A_frame_torn_at_any_byte_loses_only_its_own_records_and_later_ones()
    {
        using LogRig rig = Framed(SyncPolicy.No, frames: 4, out List<(int Records, long End)> frames);
        List<string> committed = [.. rig.Committed.Select(record => record.Text)];
        int length = rig.Disk.Peek(First).Length;
        for (long cut = frames[0].End; cut < frames[^1].End; cut++)
        {
            SimDisk torn = rig.Disk.Fork(1);
            torn.Poke(First, cut, new byte[length - cut]);
            int whole = frames.FindLastIndex(frame => frame.End <= cut);
            List<string> read = LogRig.ReadBack(torn, out LogEnd end);
            Assert.That(read, Is.EqualTo(committed.Take(frames[whole].Records)), $"cut at {cut}");
            Assert.That(end.Offset, Is.EqualTo(frames[whole].End));
        }
    }

    [Test]
    public void Damage_to_any_byte_of_a_durable_frame_is_corruption()
    {
        using LogRig rig = Framed(SyncPolicy.Always, frames: 3, out List<(int Records, long End)> frames);
        for (long at = frames[0].End; at < frames[1].End; at++)
        {
            SimDisk disk = rig.Disk.Fork(1);
            disk.FlipBit(First, (at * 8) + (at % 8));
            LogException? error = Assert.Throws<LogException>(() => LogRig.ReadBack(disk, out _));
            Assert.That(
                (error!.Problem, error.Offset), Is.EqualTo((LogProblem.Corrupt, frames[0].End)), $"at {at}");
        }
    }

    [Test]
    public void Records_of_a_frame_are_kept_or_dropped_each_by_itself()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings());
        // Partition 1's first change stood in another core's log and is lost.
        Remove(rig, (0, 1));
        Remove(rig, (2, 1), (0, 2));
        Remove(rig, (0, 3), (1, 2), (3, 1));
        Remove(rig, (2, 2));
        Remove(rig, (3, 2));
        Remove(rig, (0, 4));
        rig.Settle();
        LogCatalog catalog = LogCatalog.Open(rig.Disk, "data");
        LogRecoveryPlan plan = LogReplay.Plan(rig.Disk, catalog, new ulong[LogRig.Partitions], []);
        Target target = new();
        long applied = LogReplay.Apply(rig.Disk, catalog, plan, target);
        Assert.That(target.Done, Is.EqualTo(new[] { (0, 1ul), (2, 1ul), (0, 2ul), (2, 2ul) }));
        Assert.That((applied, plan.JointRecordsDropped, plan.OperationsDropped), Is.EqualTo((4L, 1L, 5L)));
    }

    [Test]
    public void A_record_too_long_for_a_frame_has_one_of_its_own_and_costs_the_others_nothing()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings { SegmentBytes = 1 << 20 });
        long before = rig.Put("before", "1").Value;
        long large = rig.Put("large", new string('x', 100_000)).Value;
        rig.Put("after", "2");
        rig.Settle();
        Assert.That(LogRig.ReadBack(rig.Disk, out _), Has.Count.EqualTo(3));
        SimDisk disk = rig.Disk.Fork(1);
        disk.Poke(First, before + 64 + 50_000, "damage"u8);
        Assert.That(LogRig.ReadBack(disk, out LogEnd end), Has.Count.EqualTo(1));
        Assert.That(end.Offset, Is.EqualTo(before + 64));
        disk = rig.Disk.Fork(1);
        disk.Poke(First, large + 64 + 20, "damage"u8);
        Assert.That(LogRig.ReadBack(disk, out _), Has.Count.EqualTo(2));
    }

    [Test]
    public void A_record_that_outgrows_its_frame_unforeseen_stands_whole_in_it()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings { SegmentBytes = 1 << 19 });
        ulong sequence = 0;
        for (int record = 0; record < 20; record++)
        {
            rig.Pool.Step();
            rig.Log.Begin();
            for (int i = 0; i < 999; i++)
                rig.Log.Record.Remove(i % 3, (++sequence + 2) / 3, 1, "some key"u8, CountDelta.Minus, false);
            // What is dropped leaves no trace in the numbers of what follows.
            if (record % 3 != 1)
            {
                rig.Log.Commit();
                continue;
            }

            rig.Log.Abort();
            sequence -= 999;
        }

        rig.Close();
        Assert.That(LogRig.ReadBack(rig.Disk, out _), Has.Count.EqualTo(13));
        Assert.That(rig.Log.Segments, Is.GreaterThan(1));
        Assert.That(rig.Disk.Peek(First).Length, Is.EqualTo(1 << 16), "none had to be made longer");
    }

    [Test]
    public void A_segment_that_had_become_longer_is_cut_and_used_again()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings { SegmentBytes = 1 << 16 });
        rig.Log.Begin();
        rig.Log.Record.Put(
            0, 1, 1, RecordType.String, default, 0, "key"u8, new byte[100_000], CountDelta.Plus,
            hadExpiry: false);
        rig.Log.Commit();
        rig.Settle();
        Assert.That(rig.Disk.Peek(First).Length, Is.GreaterThan(100_000));
        rig.Put("next", "1", 1);
        rig.Settle();
        Assert.That(rig.Log.ReleaseObsolete([1, 0, 0, 0]), Is.EqualTo(1));
        while (rig.Pool.Step())
        {
        }

        Assert.That(rig.Disk.Peek("data/log/0-1.old").Length, Is.EqualTo(1 << 16));
    }

    [Test]
    public void Numbers_go_on_within_a_frame_and_are_told_again_where_they_do_not()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings());
        List<string> expected = [];
        SimSeed chance = new(5);
        ulong[] next = [1, 1, 1, 1];
        for (int i = 0; i < 3000; i++)
        {
            List<(int Partition, ulong Sequence)> operations = [];
            for (int n = 1 + (chance.Below(4) * chance.Below(2)); n > 0; n--)
            {
                int partition = chance.Below(LogRig.Partitions);
                operations.Add((partition, next[partition]++));
            }

            bool isKept = chance.Below(10) != 0;
            Remove(rig, isKept, [.. operations]);
            if (isKept) expected.Add(string.Join(' ', operations));
            // Another core has the partition for a while.
            if (chance.Below(10) == 0) next[chance.Below(LogRig.Partitions)] += 1 + (ulong)chance.Below(3);
            if (chance.Below(50) == 0) rig.Settle();
        }

        rig.Close();
        using LogReader reader = new(rig.Disk, LogCatalog.Open(rig.Disk, "data").Cores[0]);
        List<string> read = [];
        while (reader.Read())
        {
            List<(int, ulong)> operations = [];
            LogOperationReader record = reader.Current.Operations;
            while (record.MoveNext()) operations.Add((record.Current.Partition, record.Current.Sequence));
            read.Add(string.Join(' ', operations));
        }

        Assert.That(read, Is.EqualTo(expected));
    }

    [Test]
    public void Under_load_a_small_put_takes_seven_bytes_of_log_beside_its_key_and_value()
    {
        const int Puts = 100_000;
        using LogRig rig = new(1, SyncPolicy.EverySecond, new LogSettings(), isStaged: true);
        byte[] key = new byte[24];
        byte[] value = new byte[100];
        ulong[] next = new ulong[LogRig.Partitions];
        for (int i = 0; i < Puts; i++)
        {
            int partition = rig.Chance.Below(LogRig.Partitions);
            rig.Log.Begin(key.Length + value.Length);
            rig.Log.Record.Put(
                partition, 1_000_000 + next[partition]++, 1, RecordType.String, StringEncoding.Raw, 0, key,
                value, CountDelta.Unknown, hadExpiry: false);
            rig.Log.Commit();
            if (i % 400 != 399) continue;
            rig.Clock.Advance(1000);
            rig.Turn();
            rig.Disk.CompleteNext();
            rig.Pool.Step();
        }

        Assert.That(rig.Log.Appended.Value / (double)Puts, Is.LessThan(131.5));
        Assert.That(rig.Log.DiskBytes / (double)Puts, Is.LessThan(131.5), "no block is written twice");
    }

    [Test]
    public void What_a_write_leaves_off_is_written_by_the_next_and_counts_as_written_only_then()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings(), isStaged: true);
        for (int i = 0; i < 300; i++) rig.Put($"key{i}", new string('v', 100), i % LogRig.Partitions);
        List<string> committed = [.. rig.Committed.Select(record => record.Text)];
        rig.Turn();
        rig.Clock.Advance(1000);
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext());
        Assert.That(rig.Log.DiskBytes % 4096, Is.Zero);
        Assert.That(rig.Log.DiskBytes, Is.LessThan(rig.Log.Appended.Value + 64));
        Assert.That(rig.Log.Written, Is.LessThan(rig.Log.Appended));
        List<string> read = LogRig.ReadBack(rig.Disk.Fork(1), out _);
        int written = rig.Committed.Count(record => record.End <= rig.Log.Written);
        Assert.That(written, Is.GreaterThan(200));
        Assert.That(read, Is.EqualTo(committed.Take(written)));
        Assert.That(rig.Log.NextTurnMicroseconds, Is.EqualTo(rig.Clock.MonotonicMicroseconds + 1000));
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        rig.Clock.Advance(1000);
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext());
        Assert.That(rig.Log.Written, Is.EqualTo(rig.Log.Appended));
        Assert.That(LogRig.ReadBack(rig.Disk.Fork(1), out _), Is.EqualTo(committed));
    }

    [Test]
    public void A_failed_sync_of_what_was_left_off_and_of_what_was_written_before_is_final()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings());
        for (int i = 0; i < 300; i++) rig.Put($"key{i}", new string('v', 100));
        rig.Turn();
        rig.Clock.Advance(1000);
        rig.Turn();
        rig.Disk.CompleteNext();
        rig.Disk.Faults.Add(new SimDiskFault
        {
            When = operation => operation.Kind == SimDiskOperationKind.Sync,
            Kind = SimDiskFaultKind.Fail,
            Errno = Hedge.Storage.Io.Errno.NoSpace,
        });
        rig.Log.Policy = SyncPolicy.Always;
        for (int i = 0; i < 4; i++)
        {
            rig.Turn();
            rig.Disk.CompleteNext();
        }

        Assert.That(rig.Log.HasFailed);
        Assert.That(rig.Log.TryRecover(), Is.False, "the blocks written first may be lost");
    }

    // Frames of five records each, of several partitions.
    private static LogRig Framed(SyncPolicy policy, int frames, out List<(int Records, long End)> ends)
    {
        LogRig rig = new(1, policy, new LogSettings { SegmentBytes = 1 << 16 });
        ends = [];
        for (int frame = 0; frame < frames; frame++)
        {
            for (int i = 0; i < 5; i++) rig.Put($"key{i}", "value!", i % 3);
            rig.Settle();
            ends.Add((rig.Committed.Count, rig.Log.Appended.Value + LogFormat.SegmentHeaderBytes));
        }

        return rig;
    }

    private static void Remove(LogRig rig, params (int Partition, ulong Sequence)[] operations) =>
        Remove(rig, true, operations);

    private static void Remove(LogRig rig, bool isKept, (int Partition, ulong Sequence)[] operations)
    {
        rig.Log.Begin();
        foreach ((int partition, ulong sequence) in operations)
            rig.Log.Record.Remove(partition, sequence, 1, "key"u8, CountDelta.Minus, hadExpiry: false);
        if (isKept) rig.Log.Commit();
        else rig.Log.Abort();
    }

    private sealed class Target : ILogReplayTarget
    {
        public List<(int Partition, ulong Sequence)> Done { get; } = [];

        public void Apply(in LogOperation operation) => Done.Add((operation.Partition, operation.Sequence));
    }
}
