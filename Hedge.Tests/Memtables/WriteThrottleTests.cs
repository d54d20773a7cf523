using Hedge.Storage.Memtables;
using NUnit.Framework;

namespace Hedge.Tests.Memtables;

/// <summary>Writers are slowed by how far they are ahead of the flushes.</summary>
[TestFixture]
[Category("fast")]
[Parallelizable(ParallelScope.All)]
public sealed class WriteThrottleTests
{
    private const long Step = 1000;
    private const long FlushRate = 100_000_000;

    [Test]
    public void Nobody_is_slowed_while_memtables_are_far_from_full()
    {
        Rig rig = new();
        rig.Run(2_000, 0.2);
        Assert.That(rig.Throttle.BytesPerSecond, Is.Zero);
        rig.Throttle.Spend(1L << 40);
        Assert.That(rig.Throttle.Delays(0.99), Is.False);
    }

    [Test]
    public void Without_room_in_memory_everybody_waits_until_there_is_some()
    {
        WriteThrottle throttle = new();
        Assert.That(throttle.SetRoom(1000), Is.False);
        throttle.Spend(999);
        Assert.That(throttle.Delays(0), Is.False);
        throttle.Spend(1);
        Assert.That(throttle.Delays(0), Is.True);
        Assert.That(throttle.SetRoom(0), Is.False);
        Assert.That(throttle.SetRoom(1), Is.True, "those who wait try again");
        Assert.That(throttle.Delays(0), Is.False);
    }

    [Test]
    public void At_the_balance_writers_get_what_the_flushes_take()
    {
        Rig rig = new();
        rig.Run(3_000, WriteThrottle.AverageShare);
        Assert.That(rig.Throttle.BytesPerSecond, Is.EqualTo(FlushRate).Within(2).Percent);
    }

    [Test]
    public void The_fuller_the_memtables_are_the_less_is_let_in()
    {
        Rig rig = new();
        rig.Run(3_000, WriteThrottle.AverageShare);
        long last = long.MaxValue;
        foreach (double average in new[] { 0.4, 0.45, 0.5, 0.55, 0.6, 0.7 })
        {
            rig.Run(5, average);
            Assert.That(rig.Throttle.BytesPerSecond, Is.GreaterThan(0).And.LessThan(last));
            last = rig.Throttle.BytesPerSecond;
        }
    }

    [Test]
    public void What_is_let_in_is_the_rate_and_waits_are_a_few_milliseconds()
    {
        Rig rig = new();
        rig.Run(3_000, WriteThrottle.AverageShare);
        long written = 0;
        int waited = 0;
        int longest = 0;
        for (int step = 0; step < 1000; step++)
        {
            rig.Run(1, WriteThrottle.AverageShare);
            bool any = false;
            while (!rig.Throttle.Delays(WriteThrottle.AverageShare))
            {
                rig.Throttle.Spend(200);
                written += 200;
                any = true;
            }

            waited = any ? 0 : waited + 1;
            longest = Math.Max(longest, waited);
        }

        Assert.That(written, Is.EqualTo(FlushRate).Within(5).Percent);
        Assert.That(longest, Is.LessThan(3));
    }

    [Test]
    public void One_full_partition_is_slowed_and_the_others_are_not()
    {
        Rig rig = new();
        rig.Run(3_000, 0.1, most: WriteThrottle.PartitionShare);
        rig.Throttle.Spend(1 << 30);
        Assert.That(rig.Throttle.Delays(WriteThrottle.PartitionShare), Is.True);
        Assert.That(rig.Throttle.Delays(0.2), Is.False);
    }

    [Test]
    public void Those_who_wait_are_called_when_there_is_something_to_let_in()
    {
        Rig rig = new();
        rig.Run(3_000, WriteThrottle.AverageShare);
        rig.Throttle.Spend(FlushRate / 100);
        Assert.That(rig.Throttle.Delays(WriteThrottle.AverageShare), Is.True);
        int steps = 1;
        while (!rig.Turn(WriteThrottle.AverageShare, 0)) steps++;
        Assert.That(steps, Is.InRange(5, 11));
        Assert.That(rig.Throttle.Delays(WriteThrottle.AverageShare), Is.False);
    }

    [Test]
    public void All_are_let_in_again_when_the_flushes_have_caught_up()
    {
        Rig rig = new();
        rig.Run(3_000, 0.7);
        rig.Throttle.Spend(1 << 30);
        Assert.That(rig.Turn(0.2, 0), Is.True);
        Assert.That(rig.Throttle.Delays(0.99), Is.False);
        Assert.That(rig.Throttle.NextMicroseconds, Is.EqualTo(long.MaxValue));
    }

    [Test]
    public void Flushes_that_take_nothing_for_a_while_do_not_stop_the_writers()
    {
        Rig rig = new();
        rig.Run(3_000, WriteThrottle.AverageShare);
        rig.FlushRate = 1000;
        rig.Run(20_000, 0.8);
        Assert.That(rig.Throttle.BytesPerSecond, Is.GreaterThanOrEqualTo(1 << 20));
    }

    private sealed class Rig
    {
        private long _now;

        public WriteThrottle Throttle { get; } = new();

        public long FlushRate { get; set; } = WriteThrottleTests.FlushRate;

        public void Run(int steps, double average, double most = 0)
        {
            for (int i = 0; i < steps; i++) Turn(average, most);
        }

        public bool Turn(double average, double most)
        {
            _now += Step;
            Throttle.Flushed(FlushRate * Step / 1_000_000);
            Assert.That(Throttle.IsDue(_now), Is.True);
            return Throttle.Turn(_now, average, most, isFlushing: true);
        }
    }
}
