using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("fast")]
public sealed class WaitTests
{
    [TestCase("WAIT 0 1000", 0)]
    [TestCase("WAIT -3 1000", 0)]
    [TestCase("WAIT 1 1000", 1000)]
    public void Only_replicas_that_are_not_there_are_waited_for(string line, int milliseconds)
    {
        using var harness = new CommandHarness();
        Assert.That(harness.Run(line), Is.EqualTo(":0\r\n"));
        Assert.That(harness.WaitedMilliseconds, Is.EqualTo(milliseconds));
    }

    [TestCase("WAIT 1 0")]
    [TestCase("WAIT 1 9223372036854775807")]
    public void No_timeout_or_an_endless_one_waits_for_ever(string line)
    {
        using var harness = new CommandHarness();
        Assert.That(() => harness.Run(line), Throws.TypeOf<TimeoutException>());
    }

    [Test]
    public void In_a_transaction_it_answers_at_once()
    {
        using var harness = new CommandHarness();
        harness.Context.InTransaction = true;
        Assert.That(harness.Run("WAIT 5 0"), Is.EqualTo(":0\r\n"));
    }
}
