using Hedge.Storage.Compactions;
using NUnit.Framework;

namespace Hedge.Tests.Compactions;

[Category("fast")]
public sealed class PolicyAdvisorTests
{
    [TestCase(1_000_000, 0, 0, CompactionPolicy.Tiered)]
    [TestCase(1_000_000, 1_000_000, 0, CompactionPolicy.Tiered)]
    [TestCase(1_000_000, 0, 40_000, CompactionPolicy.Tiered)]
    [TestCase(1_000_000, 0, 300_000, CompactionPolicy.Leveled)]
    [TestCase(10_000, 0, 100_000, CompactionPolicy.Leveled)]
    [TestCase(0, 900_000, 0, CompactionPolicy.Tiered, Description = "filters make runs nearly free")]
    public void The_mix_decides(long writes, long lookups, long scans, CompactionPolicy expected)
    {
        PolicyAdvisor advisor = new();
        for (int window = 0; window < 10; window++) advisor.Advise(writes, lookups, scans);
        Assert.That(advisor.Policy, Is.EqualTo(expected));
    }

    [Test]
    public void One_odd_window_changes_nothing()
    {
        PolicyAdvisor advisor = new();
        for (int window = 0; window < 30; window++)
        {
            bool isOdd = window % PolicyAdvisor.Windows == 0;
            advisor.Advise(isOdd ? 1_000_000 : 0, 0, isOdd ? 0 : 1_000_000);
            Assert.That(advisor.Policy, Is.EqualTo(CompactionPolicy.Tiered));
        }
    }

    [Test]
    public void Windows_with_little_in_them_say_nothing()
    {
        PolicyAdvisor advisor = new();
        for (int window = 0; window < 10; window++) advisor.Advise(0, 0, PolicyAdvisor.OperationsMin - 1);
        Assert.That(advisor.Policy, Is.EqualTo(CompactionPolicy.Tiered));
        for (int window = 0; window < 3; window++) advisor.Advise(0, 0, 1_000_000);
        Assert.That(advisor.Policy, Is.EqualTo(CompactionPolicy.Leveled));
        for (int window = 0; window < 10; window++) advisor.Advise(10, 0, 0);
        Assert.That(advisor.Policy, Is.EqualTo(CompactionPolicy.Leveled));
        for (int window = 0; window < 3; window++) advisor.Advise(1_000_000, 0, 0);
        Assert.That(advisor.Policy, Is.EqualTo(CompactionPolicy.Tiered));
    }
}
