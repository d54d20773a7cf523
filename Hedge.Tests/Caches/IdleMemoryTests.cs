using Hedge.Storage.Caches;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

/// <summary>Memory that nothing uses is lent to the block caches, and comes back.</summary>
[TestFixture]
[Category("fast")]
public sealed class IdleMemoryTests
{
    private const long Mebibyte = 1 << 20;
    private const long Budget = 800 * Mebibyte;
    private const long Own = 32 * Mebibyte;

    [TestCase(100, 0, 25, TestName = "{m}: step by step")]
    [TestCase(740, 300, 310, TestName = "{m}: up to a sixteenth of the budget")]
    [TestCase(750, 300, 300, TestName = "{m}: not that sixteenth")]
    [TestCase(780, 300, 270, TestName = "{m}: back as fast as the rest grows")]
    [TestCase(1200, 300, 0, TestName = "{m}: all of it")]
    [TestCase(500, 395, 400, TestName = "{m}: not more than may be")]
    public void What_is_idle_is_lent(long resident, long used, long loan) =>
        Assert.That(IdleMemory.Loan(Budget, resident * Mebibyte, used * Mebibyte, 400 * Mebibyte),
            Is.EqualTo(loan * Mebibyte));

    [Test]
    public void A_loan_grows_with_its_use_and_ends_when_memory_is_used_otherwise()
    {
        CacheBalance balance = new(2, Own, isFixed: false);
        for (int i = 0; i < 100; i++) balance.Lend(Budget, 100 * Mebibyte);
        Assert.That(balance.BlockBytes, Is.LessThanOrEqualTo(Own + (13 * Mebibyte)), "nobody uses it");
        Assert.That(balance.BorrowedBytes, Is.Zero);
        for (int i = 0; i < 100; i++)
        {
            balance.Tell(0, balance.BlockBytes);
            balance.Tell(1, balance.BlockBytes);
            balance.Lend(Budget, 100 * Mebibyte + (2 * balance.BlockBytes));
        }

        Assert.That(balance.BlockBytes, Is.EqualTo(Budget / 4), "half of the budget in all");
        Assert.That(balance.BorrowedBytes, Is.EqualTo((Budget / 2) - (2 * Own)));
        for (int i = 0; i < 100; i++)
        {
            balance.Tell(0, balance.BlockBytes);
            balance.Tell(1, balance.BlockBytes);
            balance.Lend(Budget, (750 * Mebibyte) + (2 * (balance.BlockBytes - Own)));
        }

        Assert.That(balance.BlockBytes, Is.EqualTo(Own));
    }

    [Test]
    public void Blocks_gain_nothing_of_their_own_while_they_borrow()
    {
        CacheBalance balance = new(1, Own, isFixed: false);
        Ghosts ghosts = new(4096);
        balance.Register(0, ghosts);
        balance.Lend(Budget, 100 * Mebibyte);
        long lent = balance.BlockBytes;
        for (ulong i = 1; i <= 1000; i++)
        {
            ghosts.Remember(i * 0x9E3779B97F4A7C15);
            ghosts.Missed(i * 0x9E3779B97F4A7C15);
        }

        balance.Move(Budget, 0, 16 * Mebibyte);
        Assert.That(balance.BlockBytes, Is.EqualTo(lent));
        balance.Lend(Budget, Budget);
        Assert.That(balance.BlockBytes, Is.EqualTo(Own));
    }

    [Test]
    public void A_size_that_was_set_stays()
    {
        CacheBalance balance = new(1, Own, isFixed: true);
        balance.Lend(Budget, 100 * Mebibyte);
        Assert.That(balance.BlockBytes, Is.EqualTo(Own));
    }
}
