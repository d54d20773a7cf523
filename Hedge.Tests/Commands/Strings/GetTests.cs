using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

[TestFixture(false)]
[TestFixture(true)]
[Category("fast")]
public sealed class GetTests(bool missesFirst)
{
    [Test]
    public void A_missing_key_is_null_in_both_protocols()
    {
        using var harness = new CommandHarness(missesFirst);
        Assert.That(harness.Run("GET nothing"), Is.EqualTo("$-1\r\n"));
        harness.Protocol = 3;
        Assert.That(harness.Run("get nothing"), Is.EqualTo("_\r\n"));
        Assert.That(harness.Runs, Is.EqualTo(missesFirst ? 2 : 1));
    }

    [Test]
    public void Wrong_arity_and_unknown_commands_are_errors()
    {
        using var harness = new CommandHarness(missesFirst);
        Assert.That(harness.Run("GET"), Is.EqualTo("-ERR wrong number of arguments for 'get' command\r\n"));
        Assert.That(harness.Run("NOSUCH a"),
            Is.EqualTo("-ERR unknown command 'NOSUCH', with args beginning with: 'a' \r\n"));
    }
}
