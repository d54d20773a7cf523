using Hedge.Storage.Caches;
using NUnit.Framework;

namespace Hedge.Tests.Caches;

/// <summary>The records' memory goes to the partitions that need it.</summary>
[TestFixture]
[Category("fast")]
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RecordSharesTests
{
    private const int Partitions = 16;
    private const double Equal = 1.0 / Partitions;

    private readonly RecordShares _shares = new(Partitions);
    private readonly long[] _dropped = new long[Partitions];
    private readonly long[] _reread = new long[Partitions];

    [Test]
    public void All_have_the_same_at_first_and_keep_it_while_nobody_needs_more()
    {
        Run(100, (_, _) => { });
        Assert.That(Parts, Is.All.EqualTo(Equal));
    }

    [Test]
    public void One_that_alone_is_used_gets_most_of_it_within_some_seconds()
    {
        Run(60, (i, _) => _dropped[i] += i == 3 ? 1000 : 0);
        Assert.That(Parts[3], Is.GreaterThan(0.8));
        for (int i = 0; i < Partitions; i++) Assert.That(Parts[i], Is.GreaterThanOrEqualTo(Equal / 8));
    }

    [Test]
    public void It_comes_back_when_the_others_are_used_again()
    {
        Run(60, (i, _) => _dropped[i] += i == 3 ? 1000 : 0);
        Run(100, (i, _) => _dropped[i] += 1000);
        Assert.That(Parts[3], Is.LessThan(3 * Equal));
        Assert.That(Parts.Min(), Is.GreaterThan(Equal / 2.5));
    }

    [Test]
    public void Chance_moves_nothing()
    {
        Random random = new(7);
        Run(1000, (i, _) => _dropped[i] += random.Next(500, 1500));
        Assert.That(Parts, Is.All.EqualTo(Equal));
    }

    [Test]
    public void What_is_read_again_counts_more_than_what_only_passes()
    {
        Run(100, (i, _) =>
        {
            if (i == 3) _dropped[i] += 1000;
            if (i != 5) return;
            _dropped[i] += 500;
            _reread[i] += 200;
        });
        Assert.That(Parts[5], Is.GreaterThan(2 * Parts[3]));
    }

    [Test]
    public void All_together_have_all_of_it([Values(1, 2, 3)] int seed)
    {
        Random random = new(seed);
        int hot = 0;
        Run(2000, (i, round) =>
        {
            if (i == 0 && round % 37 == 0) hot = random.Next(Partitions);
            _dropped[i] += random.Next(i == hot ? 5000 : 50);
            _reread[i] += random.Next(i == hot ? 500 : 5);
        });
        Assert.That(Parts.Sum(), Is.EqualTo(1).Within(1e-9));
        Assert.That(Parts.Min(), Is.GreaterThanOrEqualTo(Equal / 8 * 0.999));
    }

    private double[] Parts => [.. Enumerable.Range(0, Partitions).Select(_shares.PartOf)];

    private void Run(int rounds, Action<int, int> use)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < Partitions; i++)
            {
                use(i, round);
                _shares.Tell(i, _dropped[i], _reread[i]);
            }

            _shares.Divide();
        }
    }
}
