using System.Diagnostics;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Backends;
using NUnit.Framework;

namespace Hedge.Tests.Io;

[TestFixture(IoMode.Uring)]
[TestFixture(IoMode.Portable)]
[Category("fast")]
public sealed class CoreIoTests(IoMode mode)
{
    private CoreIoFactory _factory = null!;

    [SetUp]
    public void Probe()
    {
        if (mode == IoMode.Uring && CoreIoFactory.Probe(IoMode.Auto).Mode != IoMode.Uring)
            Assert.Ignore("io_uring is not to be had here");
        _factory = CoreIoFactory.Probe(mode);
    }

    [Test]
    public void The_probe_says_what_runs()
    {
        Assert.That(_factory.Mode, Is.EqualTo(mode));
        Assert.That(_factory.Reason, Does.Contain(mode == IoMode.Uring ? "io_uring mode" : "portable mode"));
    }

    [Test]
    public void A_wait_ends_with_its_timeout()
    {
        using ICoreIo io = _factory.Create();
        Assert.That(LongestOfSomeSleeps(io), Is.InRange(29, 5000));
        long start = Stopwatch.GetTimestamp();
        io.Wait(0);
        Assert.That(
            Stopwatch.GetElapsedTime(start).TotalMilliseconds, Is.LessThan(1000), "no time, no sleep");
    }

    [Test]
    public void A_wake_before_the_wait_ends_it_at_once_also_when_a_poll_comes_between([Values] bool isPolled)
    {
        using ICoreIo io = _factory.Create();
        io.Submit();
        io.Wake();
        io.Wake();
        if (isPolled) io.Poll(new TestHandler(io));
        io.Wait(-1);
        // One wake, one wait: the next one sleeps (once more at most, for a wake that came while it was
        // ending).
        io.Poll(new TestHandler(io));
        io.Wait(1000);
        io.Poll(new TestHandler(io));
        Assert.That(LongestOfSomeSleeps(io), Is.GreaterThan(29));
    }

    [Test]
    public void Every_wake_from_another_thread_is_seen([Values(1, 16)] int awaited)
    {
        const int Wakes = 20_000;
        using ICoreIo io = _factory.Create();
        TestHandler handler = new(io);
        int written = 0, seen = 0;
        Thread waker = new(() =>
        {
            for (int i = 1; i <= Wakes; i++)
            {
                Volatile.Write(ref written, i);
                io.Wake();
                if (i % 7 == 0) SpinWait.SpinUntil(() => Volatile.Read(ref seen) >= i, CoreHost.Patience);
            }
        });
        waker.Start();
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref seen) < Wakes)
        {
            Assert.That(
                Stopwatch.GetElapsedTime(start), Is.LessThan(CoreHost.Patience), $"{seen} wakes seen");
            io.Wait(15_000_000, awaited);
            Volatile.Write(ref seen, Volatile.Read(ref written));
            io.Poll(handler);
        }

        waker.Join();
        Assert.That(
            Stopwatch.GetElapsedTime(start).TotalSeconds, Is.LessThan(14.5), "no sleep ran to its end");
    }

    [Test]
    public void Everything_is_given_back()
    {
        _factory.Create().Dispose();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int descriptors = TransportTests.OpenDescriptors();
        long memory = AlignedBuffer.LiveBytes;
        for (int i = 0; i < 10; i++)
        {
            ICoreIo io = _factory.Create();
            var address = new ListenAddress(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0), 16);
            io.Transport.AcceptFrom([_factory.Listen(address)]);
            io.Submit();
            io.Dispose();
            io.Wake();
        }

        Assert.That(TransportTests.OpenDescriptors(), Is.EqualTo(descriptors));
        Assert.That(AlignedBuffer.LiveBytes, Is.EqualTo(memory));
    }

    // In milliseconds, for 30 each. The runtime's signals may end a sleep early, but not every one.
    private static double LongestOfSomeSleeps(ICoreIo io)
    {
        double longest = 0;
        for (int i = 0; i < 4; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            io.Wait(30_000);
            longest = Math.Max(longest, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        }

        return longest;
    }
}
