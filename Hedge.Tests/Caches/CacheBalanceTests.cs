using Hedge.Storage.Caches;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

/// <summary>Memory goes to the cache that needs it more.</summary>
[TestFixture]
[Category("fast")]
[Parallelizable(ParallelScope.All)]
public sealed class CacheBalanceTests
{
    private const long Budget = 800L << 20;
    private const long First = 32L << 20;
    private const double GhostBytes = 16 << 20;

    [Test]
    public void What_was_given_up_last_is_known_when_it_is_wanted_again_and_counts_once()
    {
        Ghosts ghosts = new(64);
        ghosts.Missed(Hash(1));
        Assert.That(ghosts.Hits, Is.Zero);
        ghosts.Remember(Hash(1));
        ghosts.Missed(Hash(2));
        Assert.That(ghosts.Hits, Is.Zero);
        ghosts.Missed(Hash(1));
        ghosts.Missed(Hash(1));
        Assert.That(ghosts.Hits, Is.EqualTo(1));
    }

    [Test]
    public void What_was_given_up_long_ago_is_forgotten()
    {
        Ghosts ghosts = new(64);
        for (ulong i = 0; i < 6400; i++) ghosts.Remember(Hash(i));
        for (ulong i = 0; i < 3200; i++) ghosts.Missed(Hash(i));
        Assert.That(ghosts.Hits, Is.Zero);
        for (ulong i = 6400 - 64; i < 6400; i++) ghosts.Missed(Hash(i));
        Assert.That(ghosts.Hits, Is.InRange(16, 64));
    }

    [TestCase(1000, 100, -1)]
    [TestCase(100, 1000, 1)]
    [TestCase(1000, 1000, 0)]
    [TestCase(3, 30, 0)]
    public void Memory_moves_to_where_it_would_have_saved_more_reads(int records, int blocks, int direction)
    {
        (CacheBalance balance, Ghosts ghosts) = Make();
        Hit(ghosts, blocks);
        balance.Move(Budget, records, GhostBytes);
        Assert.That(Math.Sign(balance.BlockBytes - First), Is.EqualTo(direction));
    }

    [Test]
    public void It_counts_what_has_happened_since_the_last_move()
    {
        (CacheBalance balance, Ghosts ghosts) = Make();
        Hit(ghosts, 1000);
        balance.Move(Budget, 10, GhostBytes);
        long more = balance.BlockBytes;
        balance.Move(Budget, 200, GhostBytes);
        Assert.That(balance.BlockBytes, Is.LessThan(more));
    }

    [Test]
    public void Both_keep_something_however_long_it_goes_on()
    {
        (CacheBalance balance, Ghosts ghosts) = Make();
        for (int i = 1; i < 1000; i++) balance.Move(Budget, i * 1000, GhostBytes);
        Assert.That(balance.BlockBytes, Is.InRange(1 << 20, First / 2));
        for (int i = 1; i < 1000; i++)
        {
            Hit(ghosts, 1000);
            balance.Move(Budget, 999_000, GhostBytes);
        }

        Assert.That(balance.BlockBytes, Is.InRange(Budget / 8, Budget / 2));
    }

    [Test]
    public void A_size_that_was_set_stays()
    {
        CacheBalance balance = new(1, First, isFixed: true);
        Ghosts ghosts = new(4096);
        balance.Register(0, ghosts);
        Hit(ghosts, 1000);
        balance.Move(Budget, 0, GhostBytes);
        Assert.That(balance.BlockBytes, Is.EqualTo(First));
    }

    [Test]
    public void Where_memory_is_lacking_blocks_give_it_whatever_they_save()
    {
        (CacheBalance balance, Ghosts ghosts) = Make();
        balance.Yield(Budget, Budget + 1, 8 << 20);
        Assert.That(balance.BlockBytes, Is.EqualTo(First - (1 << 20)));
        Hit(ghosts, 1000);
        balance.Move(Budget, 0, GhostBytes);
        Assert.That(balance.BlockBytes, Is.EqualTo(First - (1 << 20)), "nor do they take more");
        for (int i = 0; i < 1000; i++) balance.Yield(Budget, Budget + 1, 100 << 20);
        Assert.That(balance.BlockBytes, Is.InRange(1 << 20, Budget / 64));
        balance.Yield(Budget, Budget + 1, 0);
        long least = balance.BlockBytes;
        Hit(ghosts, 1000);
        balance.Move(Budget, 0, GhostBytes);
        Assert.That(balance.BlockBytes, Is.EqualTo(least), "while records still give theirs");
        balance.Yield(Budget, Budget, 0);
        Hit(ghosts, 1000);
        balance.Move(Budget, 0, GhostBytes);
        Assert.That(balance.BlockBytes, Is.GreaterThan(Budget / 64));
    }

    private static (CacheBalance Balance, Ghosts Ghosts) Make()
    {
        CacheBalance balance = new(1, First, isFixed: false);
        Ghosts ghosts = new(4096);
        balance.Register(0, ghosts);
        return (balance, ghosts);
    }

    private static void Hit(Ghosts ghosts, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ghosts.Remember(Hash((ulong)i));
            ghosts.Missed(Hash((ulong)i));
        }
    }

    private static ulong Hash(ulong number) => (number + 1) * 0x9E3779B97F4A7C15 * 0xD6E8FEB86659FD93;
}
