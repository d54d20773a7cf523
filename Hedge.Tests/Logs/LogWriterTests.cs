using System.Diagnostics;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Replays;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

[TestFixture]
[Category("fast")]
public sealed class LogWriterTests
{
    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    public void Every_kind_of_record_reads_back_over_many_segments(SyncPolicy policy)
    {
        for (ulong seed = 1; seed <= 10; seed++)
        {
            using LogRig rig = new(seed, policy);
            for (int i = 0; i < 300; i++)
            {
                rig.CommitRandom();
                if (i % 7 == 0) rig.Settle();
            }

            rig.Close();
            List<string> read = LogRig.ReadBack(rig.Disk, out LogEnd end);
            Assert.That(read, Is.EqualTo(rig.Committed.Select(record => record.Text)), $"seed {seed}");
            Assert.That((end.IsSealed, end.DroppedBytes), Is.EqualTo((true, 0L)));
            Assert.That(rig.Log.Segments, Is.GreaterThan(10));
            Assert.That(rig.Put("late", "x"), Is.EqualTo(LogPosition.Refused));
        }
    }

    [Test]
    public void Under_always_a_group_is_durable_when_its_one_operation_completes_and_not_before()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings());
        LogPosition first = rig.Put("a", "1");
        rig.Turn();
        LogPosition second = rig.Put("b", "2");
        LogPosition third = rig.Put("c", "3");
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.EqualTo(1), "the second group waits for the first");
        Assert.That(rig.Log.Synced.Value, Is.Zero);
        Assert.That(rig.Positions.Appended(0), Is.EqualTo(third));
        rig.Disk.CompleteNext();
        Assert.That(rig.Log.Synced, Is.EqualTo(first));
        Assert.That(rig.Advances, Is.EqualTo(1));
        rig.Turn();
        Assert.That(rig.Log.Synced, Is.LessThan(second));
        rig.Disk.CompleteNext();
        Assert.That(rig.Log.Synced, Is.EqualTo(third));
        Assert.That(rig.Positions.Synced(0), Is.EqualTo(third));
        Assert.That(rig.Positions.AllSynced([third, new LogPosition(0)]));
        Assert.That(
            rig.Positions.AllSynced([new LogPosition(third.Value + 1), new LogPosition(0)]), Is.False);
    }

    [Test]
    public void Under_everysec_bytes_are_written_soon_or_when_they_are_many_and_synced_every_second()
    {
        using LogRig rig = new(1, SyncPolicy.EverySecond, new LogSettings(), isStaged: true);
        rig.Clock.Advance(5_000_000);
        LogPosition first = rig.Put("a", "1");
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        Assert.That(rig.Log.NextTurnMicroseconds, Is.EqualTo(rig.Clock.MonotonicMicroseconds + 1000));
        rig.Clock.Advance(999);
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        rig.Clock.Advance(1);
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext());
        Assert.That((rig.Log.Written, rig.Log.Synced.Value), Is.EqualTo((first, 0L)));
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext(), "the last sync was more than a second ago");
        Assert.That(rig.Log.Synced, Is.EqualTo(first));
        long synced = rig.Clock.MonotonicMicroseconds;
        LogPosition second = rig.Put("b", new string('x', 300_000));
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext(), "large enough to be written at once");
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        Assert.That(rig.Log.NextTurnMicroseconds, Is.EqualTo(synced + 1_000_000));
        rig.Clock.Advance(999_999);
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        rig.Clock.Advance(1);
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext());
        Assert.That(rig.Log.Synced, Is.EqualTo(second));
    }

    [Test]
    public void Under_no_the_log_is_synced_on_request_only()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings());
        LogPosition first = rig.Put("a", "1");
        for (int i = 0; i < 100; i++)
        {
            rig.Clock.Advance(100_000);
            rig.Turn();
            rig.Disk.CompleteNext();
        }

        Assert.That((rig.Log.Written, rig.Log.Synced.Value), Is.EqualTo((first, 0L)));
        Assert.That(rig.Log.RequestSync(), Is.EqualTo(first));
        rig.Turn();
        Assert.That(rig.Disk.CompleteNext());
        Assert.That(rig.Log.Synced, Is.EqualTo(first));
    }

    [Test]
    public void The_policy_can_change_while_bytes_are_on_their_way()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings());
        rig.Put("a", "1");
        rig.Clock.Advance(10);
        rig.Turn();
        rig.Clock.Advance(10_000);
        rig.Turn();
        LogPosition end = rig.Put("b", "2");
        rig.Log.Policy = SyncPolicy.Always;
        for (int i = 0; i < 6; i++)
        {
            rig.Turn();
            rig.Disk.CompleteNext();
        }

        Assert.That(rig.Log.Synced, Is.EqualTo(end));
    }

    [Test]
    public void Obsolete_segments_are_reused_and_their_old_records_never_read_again()
    {
        using LogRig rig = new(1, SyncPolicy.Always);
        ulong[] flushed = new ulong[LogRig.Partitions];
        int largest = 0;
        for (int i = 0; i < 2000; i++)
        {
            rig.CommitRandom();
            rig.Settle();
            Assert.That(rig.Log.Synced, Is.EqualTo(rig.Log.Appended));
            rig.Committed[^1].Sequences.CopyTo(flushed, 0);
            if (i % 20 == 0) rig.Log.ReleaseObsolete(flushed);
            while (rig.Pool.Step())
            {
            }

            largest = Math.Max(largest, rig.Disk.List("data/log").Count);
            if (i % 100 != 99) continue;
            List<string> read = LogRig.ReadBack(rig.Disk.Fork(1), out _);
            Assert.That(read, Is.EqualTo(rig.Committed.TakeLast(read.Count).Select(record => record.Text)));
        }

        Assert.That(largest, Is.LessThan(30));
        Assert.That(rig.Disk.List("data/log").Count(name => name.EndsWith(".log", StringComparison.Ordinal)),
            Is.LessThan(rig.Disk.List("data/log").Count));
    }

    [TestCase(SyncPolicy.Always)]
    [TestCase(SyncPolicy.EverySecond)]
    [TestCase(SyncPolicy.No)]
    public void In_calm_a_flushed_log_gives_space_back_and_then_goes_on_in_long_segments(SyncPolicy policy)
    {
        LogSettings settings = new() { SegmentBytes = 1 << 20 };
        using LogRig rig = new(4, policy, settings);
        ulong[] flushed = new ulong[LogRig.Partitions];
        for (int burst = 0; burst < 3; burst++)
        {
            while (rig.Log.Appended.Value < (burst + 1) * (5L << 20))
            {
                for (int i = 0; i < 100; i++) rig.Put($"key{i}", new string('x', 1000), i % 3);
                Tick(releases: true);
            }

            rig.Put("unflushed", "value");
            for (int i = 0; i < 10; i++) Tick(releases: false, 1_000_000);
            Assert.That(rig.Log.HeldBytes, Is.GreaterThanOrEqualTo(settings.SegmentBytes), "not flushed");
            // Then flushed.
            for (int i = 0; i < 10; i++) Tick(releases: true);
            Assert.That(Bytes(), Is.LessThanOrEqualTo(settings.SegmentBytes / 4));
            Assert.That(rig.Log.HeldBytes + rig.Pool.IdleBytes, Is.EqualTo(Bytes()));
            Assert.That(rig.Log.Rest(flushed, rig.Clock.UnixMilliseconds), Is.True);
        }

        rig.Put("last", "value");
        rig.Settle();
        rig.Close();
        List<string> read = LogRig.ReadBack(rig.Disk.Fork(1), out _);
        Assert.That(read, Is.EqualTo(rig.Committed.TakeLast(read.Count).Select(record => record.Text)));
        Assert.That(read, Is.Not.Empty);

        void Tick(bool releases, long microseconds = 100_000)
        {
            rig.Settle();
            if (releases) rig.Committed[^1].Sequences.CopyTo(flushed, 0);
            rig.Log.Rest(flushed, rig.Clock.UnixMilliseconds);
            rig.Settle();
            rig.Log.ReleaseObsolete(flushed);
            while (rig.Pool.Step())
            {
            }

            rig.Clock.Advance(microseconds);
        }

        long Bytes() => rig.Disk.List("data/log").Sum(name => rig.Disk.Peek($"data/log/{name}").Length);
    }

    [Test]
    public void A_long_segment_is_left_in_a_long_calm_although_a_little_is_logged_and_not_flushed()
    {
        LogSettings settings = new() { SegmentBytes = 1 << 20 };
        using LogRig rig = new(5, SyncPolicy.EverySecond, settings);
        ulong[] flushed = new ulong[LogRig.Partitions];
        for (int i = 0; i < 500; i++) rig.Put($"key{i}", new string('x', 1000));
        rig.Settle();
        ulong[] before = [.. rig.Committed[^1].Sequences];
        for (int second = 0; second < 60; second++)
        {
            rig.Put("counter", "value");
            rig.Settle();
            rig.Clock.Advance(1_000_000);
            if (second == 50) before.CopyTo(flushed, 0);
            rig.Log.Rest(flushed, rig.Clock.UnixMilliseconds);
            rig.Log.ReleaseObsolete(flushed);
            while (rig.Pool.Step())
            {
            }

            bool isLong = rig.Log.HeldBytes >= settings.SegmentBytes;
            if (second is 20 or 45) Assert.That(isLong, Is.True, $"second {second}");
        }

        Assert.That(rig.Log.HeldBytes + rig.Pool.IdleBytes, Is.GreaterThan(settings.SegmentBytes),
            "the segment was left with what was logged in the first seconds");
        rig.Committed[^2].Sequences.CopyTo(flushed, 0);
        rig.Log.ReleaseObsolete(flushed);
        Assert.That(rig.Log.HeldBytes, Is.LessThanOrEqualTo(settings.SegmentBytes / 8));
    }

    [Test]
    public void A_record_larger_than_a_segment_stands_whole_in_a_larger_one_and_its_buffer_is_freed()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings { SegmentBytes = 1 << 20 });
        rig.Pool.Step();
        rig.Put("before", "1");
        rig.Put("large", new string('x', 10 << 20));
        rig.Pool.Step();
        rig.Put("after", "2");
        Assert.That(rig.Log.BufferedBytes, Is.GreaterThan(10 << 20));
        rig.Settle();
        rig.Settle();
        Assert.That(rig.Log.MemoryBytes, Is.LessThan(9 << 20));
        rig.Close();
        Assert.That(
            LogRig.ReadBack(rig.Disk, out _), Is.EqualTo(rig.Committed.Select(record => record.Text)));
        Assert.That(rig.Log.Segments, Is.EqualTo(3));
        Assert.That(rig.Disk.Peek("data/log/0-2.log").Length, Is.GreaterThan(10 << 20));
    }

    [Test]
    public void A_file_system_that_refuses_direct_writes_gets_the_log_through_the_page_cache()
    {
        SimDisk disk = new(1);
        disk.CreateDirectory("data");
        disk.SyncDirectory("/");
        SimDiskFault refusal = new()
        {
            When = operation => operation.Kind == SimDiskOperationKind.Write,
            Kind = SimDiskFaultKind.Fail,
            Errno = Errno.Invalid,
        };
        disk.Faults.Add(refusal);
        using LogRig rig = new(1, SyncPolicy.Always, null, disk);
        for (int i = 0; i < 100; i++) rig.CommitRandom();
        rig.Settle();
        rig.Close();
        List<string> read = LogRig.ReadBack(rig.Disk, out _);
        Assert.That(read, Is.EqualTo(rig.Committed.Select(record => record.Text)));
        Assert.That(refusal.Struck, Is.EqualTo(1));
    }

    [Test]
    public void A_failed_sync_is_final_and_refuses_appends()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings());
        rig.Disk.Faults.Add(new SimDiskFault
        {
            When = operation => operation.Kind == SimDiskOperationKind.Sync,
            Kind = SimDiskFaultKind.Fail,
        });
        rig.Put("a", "1");
        rig.Turn();
        rig.Disk.CompleteNext();
        Assert.That(
            (rig.Log.HasFailed, rig.Log.FailedErrno, rig.Failures), Is.EqualTo((true, Errno.IoError, 1)));
        Assert.That(rig.Put("b", "2"), Is.EqualTo(LogPosition.Refused));
        Assert.That(rig.Log.TryRecover(), Is.False);
        rig.Turn();
        Assert.That(rig.Queue.InFlight, Is.Zero);
        Assert.That(rig.Log.Synced.Value, Is.Zero);
        Assert.That(LogPosition.Refused, Is.GreaterThan(rig.Log.Synced));
    }

    [Test]
    public void An_aborted_and_an_empty_record_leave_nothing()
    {
        using LogRig rig = new(1, SyncPolicy.Always, new LogSettings());
        LogPosition end = rig.Put("a", "1");
        rig.Log.Begin();
        rig.Log.Record.Remove(0, 2, 1, "k"u8, CountDelta.Minus, hadExpiry: false);
        rig.Log.Abort();
        rig.Log.Begin();
        Assert.That(rig.Log.Commit(), Is.EqualTo(end));
        Assert.That(rig.Log.Appended, Is.EqualTo(end));
        rig.Close();
        Assert.That(LogRig.ReadBack(rig.Disk, out _), Has.Count.EqualTo(1));
    }

    [Test]
    public void Logging_a_small_put_allocates_nothing_and_costs_little()
    {
        using LogRig rig = new(1, SyncPolicy.No, new LogSettings { SegmentBytes = 1 << 30 });
        byte[] value = new byte[100];
        long best = long.MaxValue;
        long allocated = long.MaxValue;
        ulong sequence = 0;
        for (int round = 0; round < 60; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < 10_000; i++)
            {
                rig.Log.Begin(116);
                rig.Log.Record.Put(
                    0, ++sequence, 1, RecordType.String, default, 0, "key:000000001234"u8, value,
                    CountDelta.Unknown, hadExpiry: false);
                rig.Log.Commit();
            }

            best = Math.Min(best, Stopwatch.GetTimestamp() - start);
            // The fewest of all rounds: a collection within one counts the unused rest of the thread's space.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            rig.Clock.Advance(10_000);
            for (int i = 0; i < 4; i++)
            {
                rig.Turn();
                rig.Disk.CompleteNext();
            }
        }

        double nanoseconds = Stopwatch.GetElapsedTime(0, best).TotalNanoseconds / 10_000;
        TestContext.Out.WriteLine($"{nanoseconds:F1} ns per record of a 100-byte value in the best runs");
        Assert.That(allocated, Is.Zero);
        Assert.That(nanoseconds, Is.LessThan(1000), "loose, for busy machines");
    }

    [Test]
    public void Positions_are_ordered()
    {
        LogPosition one = new(1);
        LogPosition two = new(2);
        Assert.That(one < two && one <= two && two > one && two >= one);
        Assert.That(one.CompareTo(two), Is.Negative);
    }
}
