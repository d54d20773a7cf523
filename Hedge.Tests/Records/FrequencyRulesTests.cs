using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Records;

[TestFixture]
[Category("fast")]
public sealed class FrequencyRulesTests
{
    [TestCase(10, 59u, 10)]
    [TestCase(10, 60u, 9)]
    [TestCase(10, 6000u, 0)]
    [TestCase(255, uint.MaxValue, 0)]
    public void A_counter_falls_by_one_a_minute(byte before, uint idleSeconds, byte after) =>
        Assert.That(FrequencyRules.Default.Decayed(before, idleSeconds), Is.EqualTo(after));

    [Test]
    public void Without_decay_it_stays() =>
        Assert.That(new FrequencyRules(10, 0).Decayed(7, uint.MaxValue), Is.EqualTo(7));

    [TestCase(10, 0, 1)]
    [TestCase(10, 5, 1)]
    [TestCase(10, 6, 11)]
    [TestCase(10, 15, 101)]
    [TestCase(0, 200, 1)]
    [TestCase(int.MaxValue, 254, 534_723_428_104)]
    public void The_higher_it_is_the_fewer_accesses_count(long factor, byte before, long oneIn)
    {
        var rules = new FrequencyRules(factor, 0);
        Assert.That(rules.Accessed(before, 0), Is.EqualTo(before + 1));
        Assert.That(rules.Accessed(before, (ulong)oneIn), Is.EqualTo(before + 1));
        if (oneIn > 1) Assert.That(rules.Accessed(before, (ulong)oneIn - 1), Is.EqualTo(before));
    }

    [Test]
    public void It_ends_at_255() =>
        Assert.That(FrequencyRules.Default.Accessed(255, 0), Is.EqualTo(255));
}
