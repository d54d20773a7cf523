using System.Net;
using Hedge.Storage.Io.Kernel;
using Hedge.Storage.Io.Services;
using NUnit.Framework;
using SocketAddress = Hedge.Storage.Io.Kernel.SocketAddress;

namespace Hedge.Tests.Io;

[TestFixture]
[Category("fast")]
public sealed class KernelLayoutTests
{
    [Test]
    public void Structs_have_the_sizes_and_offsets_of_the_kernel()
        => Assert.That(KernelLayout.Check, Throws.Nothing);

    [TestCase("127.0.0.1", 6379)]
    [TestCase("255.1.2.3", 65535)]
    [TestCase("::1", 1)]
    [TestCase("fe80::1%3", 6380)]
    public void Addresses_survive_the_kernels_form(string address, int port)
    {
        IPEndPoint endpoint = new(IPAddress.Parse(address), port);
        SocketAddress form = SocketAddress.From(endpoint, out uint length);
        Assert.That(length, Is.EqualTo(address.Contains(':') ? 28 : 16));
        Assert.That(form.ToEndPoint(), Is.EqualTo(endpoint));
    }

    [Test]
    public void Clocks_agree_with_the_systems()
    {
        SystemClock clock = new();
        long now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.That(clock.UnixMilliseconds, Is.EqualTo(now).Within(1000));
        Assert.That(clock.UnixMicroseconds / 1000, Is.EqualTo(clock.UnixMilliseconds).Within(1000));
        long first = clock.MonotonicMicroseconds;
        Assert.That(clock.MonotonicMicroseconds, Is.InRange(first, first + 1_000_000));
    }

    [Test]
    public void Seeds_do_not_repeat()
    {
        SystemSeed seed = new();
        HashSet<ulong> seen = [];
        for (int i = 0; i < 1000; i++) Assert.That(seen.Add(seed.Next()));
    }
}
