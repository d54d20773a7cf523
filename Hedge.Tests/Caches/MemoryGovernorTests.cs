using Hedge.Storage.Caches;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

[Category("fast")]
public sealed class MemoryGovernorTests
{
    private const long Mebibyte = 1 << 20;

    [Test]
    public void Records_get_what_nothing_else_takes_step_by_step()
    {
        long share = 100 * Mebibyte;
        for (int i = 0; i < 1000; i++)
        {
            long next = MemoryGovernor.Share(share, 800 * Mebibyte, (150 * Mebibyte) + share, share);
            Assert.That(next - share, Is.LessThanOrEqualTo(4 * Mebibyte), "it rises slowly");
            share = next;
        }

        Assert.That(share, Is.EqualTo(650 * Mebibyte));
    }

    [TestCase(700, 0)]
    [TestCase(1200, 0)]
    [TestCase(1201, 1)]
    [TestCase(1500, 300)]
    public void What_the_records_cannot_give_is_lacking(long resident, long lack) =>
        Assert.That(MemoryGovernor.Lack(800 * Mebibyte, resident * Mebibyte, 600 * Mebibyte),
            Is.EqualTo(lack * Mebibyte));

    [Test]
    public void The_share_falls_at_once_but_never_below_a_quarter()
    {
        const long Budget = 800 * Mebibyte;
        Assert.That(MemoryGovernor.Share(650 * Mebibyte, Budget, 900 * Mebibyte, 600 * Mebibyte),
            Is.EqualTo(500 * Mebibyte));
        Assert.That(MemoryGovernor.Share(650 * Mebibyte, Budget, 2000 * Mebibyte, 600 * Mebibyte),
            Is.EqualTo(200 * Mebibyte));
        Assert.That(MemoryGovernor.Share(650 * Mebibyte, 400 * Mebibyte, 700 * Mebibyte, 600 * Mebibyte),
            Is.EqualTo(300 * Mebibyte), "maxmemory was lowered");
    }
}
