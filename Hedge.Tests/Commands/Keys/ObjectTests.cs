using System.Globalization;
using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("fast")]
public sealed class ObjectTests
{
    [Test]
    public void Idle_time_counts_from_the_last_use_or_from_what_restore_was_told()
    {
        using var harness = new CommandHarness();
        harness.Run("SET a 1");
        harness.Databases.NowMilliseconds += 90_000;
        Assert.That(harness.Run("OBJECT IDLETIME a"), Is.EqualTo(":90\r\n"));
        Restore(harness, "1000");
        Assert.That(harness.Run("OBJECT IDLETIME b"), Is.EqualTo(":1000\r\n"));
        harness.Databases.NowMilliseconds += 5_000;
        Assert.That(harness.Run("OBJECT IDLETIME b"), Is.EqualTo(":1005\r\n"));
        Restore(harness, long.MaxValue.ToString(CultureInfo.InvariantCulture));
        Assert.That(harness.Run("OBJECT IDLETIME b"), Is.EqualTo(":2147483647\r\n"), "an absurd one is cut");
    }

    [Test]
    public void A_use_ahead_of_the_time_is_no_idle_time()
    {
        using var harness = new CommandHarness();
        harness.Run("SET a 1");
        harness.Databases.NowMilliseconds -= 2_000;
        Assert.That(harness.Run("OBJECT IDLETIME a"), Is.EqualTo(":0\r\n"));
    }

    private static void Restore(CommandHarness harness, string idle)
    {
        byte[] dump = harness.Execute("DUMP", "a");
        byte[] payload = dump[(dump.AsSpan().IndexOf("\r\n"u8) + 2)..^2];
        byte[] seconds = Encoding.ASCII.GetBytes(idle);
        byte[] reply = harness.Execute(["RESTORE"u8.ToArray(), "b"u8.ToArray(), "0"u8.ToArray(), payload,
            "REPLACE"u8.ToArray(), "IDLETIME"u8.ToArray(), seconds]);
        Assert.That(Encoding.ASCII.GetString(reply), Is.EqualTo("+OK\r\n"));
    }
}
