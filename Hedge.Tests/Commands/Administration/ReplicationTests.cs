using NUnit.Framework;

namespace Hedge.Tests.Commands.Administration;

/// <summary>What is not there is refused, and WAITAOF's replies. (That it waits for the disk is shown by the
/// simulation.)</summary>
[TestFixture]
[Category("fast")]
public sealed class ReplicationTests
{
    private CommandHarness _hedge = null!;

    [SetUp]
    public void Start() => _hedge = new CommandHarness();

    [TearDown]
    public void Stop() => _hedge.Dispose();

    [TestCase("REPLICAOF localhost 6379")]
    [TestCase("SLAVEOF 10.0.0.1 0")]
    [TestCase("SYNC")]
    [TestCase("PSYNC ? -1")]
    [TestCase("REPLCONF listening-port 6379")]
    public void Nobody_becomes_a_replica(string line) =>
        Assert.That(_hedge.Run(line), Is.EqualTo("-ERR Hedge has no replication\r\n"));

    [Test]
    public void A_rewrite_of_the_log_is_a_checkpoint()
    {
        _hedge.Checkpoints.Patience = 3;
        Assert.That(_hedge.Run("BGREWRITEAOF"),
            Is.EqualTo("+Background append only file rewriting started\r\n"));
        Assert.That(_hedge.Run("BGREWRITEAOF"),
            Is.EqualTo("-ERR Background append only file rewriting already in progress\r\n"));
    }

    [TestCase("WAITAOF 0 0 0", "*2\r\n:1\r\n:0\r\n", 0)]
    [TestCase("WAITAOF 1 0 0", "*2\r\n:1\r\n:0\r\n", 0)]
    [TestCase("WAITAOF 1 1 70", "*2\r\n:1\r\n:0\r\n", 70)]
    [TestCase("WAITAOF 0 9223372036854775807 70", "*2\r\n:1\r\n:0\r\n", 70)]
    [TestCase("WAITAOF 2 0 0", "-ERR value is out of range, must be between 0 and 1\r\n", 0)]
    [TestCase("WAITAOF -1 0 0", "-ERR value is out of range, must be between 0 and 1\r\n", 0)]
    [TestCase("WAITAOF x 0 0", "-ERR value is not an integer or out of range\r\n", 0)]
    [TestCase("WAITAOF 1 -1 0", "-ERR value is out of range, must be positive\r\n", 0)]
    [TestCase("WAITAOF 1 x 0", "-ERR value is out of range, must be positive\r\n", 0)]
    [TestCase("WAITAOF 1 0 -1", "-ERR timeout is negative\r\n", 0)]
    [TestCase("WAITAOF 1 0 x", "-ERR timeout is not an integer or out of range\r\n", 0)]
    public void Waits_for_the_log_answer(string line, string reply, int milliseconds)
    {
        Assert.That(_hedge.Run(line), Is.EqualTo(reply));
        Assert.That(_hedge.WaitedMilliseconds, Is.EqualTo(milliseconds));
    }

    [Test]
    public void A_wait_for_the_log_in_a_transaction_answers_at_once()
    {
        _hedge.Context.InTransaction = true;
        Assert.That(_hedge.Run("WAITAOF 1 5 0"), Is.EqualTo("*2\r\n:1\r\n:0\r\n"));
    }
}
