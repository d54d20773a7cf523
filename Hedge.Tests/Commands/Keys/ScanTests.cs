using System.Globalization;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("fast")]
public sealed class ScanTests
{
    [Test]
    public void A_scan_answers_every_key_that_was_there_throughout([Values] bool misses)
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        for (int round = 0; round < 60; round++) CheckRound(new Random(seed + round), misses);
    }

    [Test]
    public void An_unchanged_database_is_answered_without_repetition_in_any_step_width(
        [Values(1, 2, 7, 1000)] int count)
    {
        using CommandHarness harness = Filled(100, misses: true);
        var found = new List<string>();
        string cursor = "0";
        do
        {
            cursor = Step(harness, cursor, $"COUNT {count}", found);
        }
        while (cursor != "0");
        Assert.That(found, Is.Unique);
        Assert.That(found, Has.Count.EqualTo(100));
    }

    [Test]
    public void A_page_goes_on_over_partitions_until_count_is_used_up([Values] bool misses)
    {
        using CommandHarness harness = Filled(3, misses);
        var found = new List<string>();
        Assert.That(Step(harness, "0", "", found), Is.EqualTo("0"));
        Assert.That(found, Is.EquivalentTo((string[])["k0", "k1", "k2"]));
    }

    [Test]
    public void Match_and_type_choose_keys_and_a_literal_prefix_is_all_that_is_visited()
    {
        using CommandHarness harness = Filled(100, misses: false);
        string[] sevens = ["k7", "k70", "k71", "k72", "k73", "k74", "k75", "k76", "k77", "k78", "k79"];
        Assert.That(All(harness, "MATCH k7*"), Is.EquivalentTo(sevens));
        Assert.That(All(harness, "MATCH *7 COUNT 3"), Has.Count.EqualTo(10));
        Assert.That(All(harness, "TYPE STRING"), Has.Count.EqualTo(100));
        Assert.That(All(harness, "TYPE list"), Is.Empty);
        Assert.That(All(harness, "MATCH none"), Is.Empty);
        var found = new List<string>();
        Step(harness, "0", "COUNT 10 MATCH k1*", found);
        Assert.That(found, Is.Not.Empty, "a step visits keys of the prefix only");
    }

    [Test]
    public void A_cursor_that_was_never_handed_out_is_an_error()
    {
        using CommandHarness harness = Filled(10, misses: false);
        Assert.That(harness.Run("SCAN 123456"),
            Is.EqualTo("-ERR the scan cursor is no longer known; start again with cursor 0\r\n"));
    }

    [Test]
    public void Expired_keys_are_not_answered()
    {
        using CommandHarness harness = Filled(10, misses: false);
        harness.Run("PEXPIRE k3 5");
        harness.Databases.NowMilliseconds += 10;
        Assert.That(All(harness, ""), Has.Count.EqualTo(9));
        Assert.That(harness.Run("KEYS k3"), Is.EqualTo("*0\r\n"));
    }

    [Test]
    public void Keys_reads_the_missing_blocks_of_all_partitions_together()
    {
        using CommandHarness harness = Filled(100, misses: true);
        string reply = harness.Run("KEYS *");
        Assert.That(reply, Does.StartWith("*100\r\n"));
        Assert.That(harness.Runs, Is.LessThan(20), "a run per block of one partition, not one per block");
    }

    private static void CheckRound(Random random, bool misses)
    {
        using CommandHarness harness = Filled(random.Next(60), misses);
        HashSet<string> throughout = [.. All(harness, "COUNT 100")];
        var found = new List<string>();
        string cursor = "0";
        int steps = 0;
        do
        {
            cursor = Step(harness, cursor, $"COUNT {random.Next(1, 6)}", found);
            for (int i = random.Next(4); i > 0; i--)
            {
                string key = "k" + random.Next(80).ToString(CultureInfo.InvariantCulture);
                if (random.Next(2) == 0) harness.Run($"SET {key} 1");
                else if (harness.Run($"DEL {key}") == ":1\r\n") throughout.Remove(key);
            }
        }
        while (cursor != "0" && ++steps < 1000);
        Assert.That(cursor, Is.EqualTo("0"), "the scan ends");
        Assert.That(throughout.Except(found), Is.Empty);
    }

    private static CommandHarness Filled(int count, bool misses)
    {
        var harness = new CommandHarness();
        for (int i = 0; i < count; i++)
            harness.Execute("SET", "k" + i.ToString(CultureInfo.InvariantCulture), "1");
        harness.Databases.MissesFirst = misses;
        return harness;
    }

    private static List<string> All(CommandHarness harness, string options)
    {
        var found = new List<string>();
        string cursor = "0";
        do
        {
            cursor = Step(harness, cursor, options, found);
        }
        while (cursor != "0");
        return found;
    }

    private static string Step(CommandHarness harness, string cursor, string options, List<string> found)
    {
        string[] lines = harness.Run($"SCAN {cursor} {options}").Split("\r\n");
        Assert.That(lines[0], Is.EqualTo("*2"));
        for (int i = 5; i < lines.Length; i += 2) found.Add(lines[i]);
        return lines[2];
    }
}
