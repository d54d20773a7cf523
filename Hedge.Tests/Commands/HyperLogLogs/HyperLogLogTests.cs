using System.Globalization;
using Hedge.Host.Commands.HyperLogLogs;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Commands.HyperLogLogs;

[TestFixture]
[Category("fast")]
public sealed class HyperLogLogTests
{
    [Test]
    public void The_value_of_three_elements_has_the_bytes_that_redis_gives_it()
    {
        using var harness = new CommandHarness();
        harness.Run("PFADD k a b c");
        string hex = Convert.ToHexString(Value(harness, "k"));
        Assert.That(hex, Is.EqualTo("48594C4C010000000000000000000080" + "60F38050B1844BFB80425A"));
    }

    [Test]
    public void A_count_is_kept_at_the_key_until_an_element_raises_a_register()
    {
        using var harness = new CommandHarness();
        harness.Run("PFADD k a b c");
        Assert.That(harness.Run("PFCOUNT k"), Is.EqualTo(":3\r\n"));
        Assert.That(BitConverter.ToUInt64(Value(harness, "k"), 8), Is.EqualTo(3));
        Assert.That(harness.Run("PFADD k a"), Is.EqualTo(":0\r\n"));
        Assert.That(HyperLogLog.IsStale(Value(harness, "k")), Is.False);
        Assert.That(harness.Run("PFADD k d"), Is.EqualTo(":1\r\n"));
        Assert.That(HyperLogLog.IsStale(Value(harness, "k")));
    }

    [Test]
    public void A_count_is_answered_and_not_kept_while_writes_are_refused()
    {
        using var harness = new CommandHarness();
        harness.Run("PFADD k a b c");
        harness.Context.WritesAllowed = () => false;
        Assert.That(harness.Run("PFCOUNT k"), Is.EqualTo(":3\r\n"));
        Assert.That(HyperLogLog.IsStale(Value(harness, "k")));
    }

    [Test]
    public void Additions_and_merges_raise_the_event_pfadd()
    {
        using var harness = new CommandHarness();
        foreach (string line in "PFADD k a|PFADD k a|PFMERGE l k|PFCOUNT k|PFDEBUG TODENSE k".Split('|'))
            harness.Run(line);
        Assert.That(string.Join(", ", harness.Events), Is.EqualTo("pfadd k, pfadd l"));
    }

    [Test]
    public void An_element_changes_two_bytes_of_a_dense_value()
    {
        using var harness = new CommandHarness();
        harness.Run("PFADD k a");
        harness.Run("PFDEBUG TODENSE k");
        byte[] before = Value(harness, "k");
        harness.Run("PFADD k b");
        byte[] after = Value(harness, "k");
        int changed = before.Zip(after).Count(pair => pair.First != pair.Second);
        Assert.That(changed, Is.InRange(1, 2));
    }

    [Test]
    public void The_self_test_succeeds()
    {
        using var harness = new CommandHarness();
        Assert.That(harness.Run("PFSELFTEST"), Is.EqualTo("+OK\r\n"));
    }

    [Test]
    public void Sparse_and_dense_values_hold_the_same_registers()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (int round = 0; round < 20; round++)
        {
            byte[] registers = new byte[HyperLogLog.Registers];
            byte[] memory = new byte[HyperLogLogEditor.MemoryBytes(HyperLogLog.Empty.Length, 1 << 20)];
            var editor = new HyperLogLogEditor(HyperLogLog.Empty, memory, random.Next(13_000));
            int within = random.Next(1, HyperLogLog.Registers + 1);
            int valueMax = random.Next(2) == 0 ? 3 : random.Next(30, 52);
            for (int i = random.Next(6000); i > 0; i--)
            {
                (int register, int value) = (random.Next(within), random.Next(1, valueMax));
                bool raises = registers[register] < value;
                registers[register] = Math.Max(registers[register], (byte)value);
                RegisterUpdate expected = raises ? RegisterUpdate.Raised : RegisterUpdate.Unchanged;
                Assert.That(editor.Raise(register, value), Is.EqualTo(expected));
            }

            byte[] read = new byte[HyperLogLog.Registers];
            Assert.That(HyperLogLog.TryMerge(editor.Value, read));
            Assert.That(read.AsSpan().SequenceEqual(registers), $"round {round}");
            Assert.That(HyperLogLog.TryEstimate(editor.Value, out ulong count));
            Assert.That(count, Is.EqualTo(HyperLogLog.Estimate(registers)));
        }
    }

    [Test]
    public void Damaged_values_are_refused_or_read_but_never_harm()
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        using var harness = new CommandHarness();
        harness.Run("PFADD good 1 2 3");
        int damaged = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] registers = new byte[random.Next(40)];
            random.NextBytes(registers);
            byte[] whole = [.. HyperLogLog.Empty[..HyperLogLog.HeaderBytes], .. registers];
            if (random.Next(8) == 0) whole = new byte[random.Next(0, 40_000)];
            HyperLogLog.Empty[..Math.Min(whole.Length, HyperLogLog.HeaderBytes)].CopyTo(whole);
            if (whole.Length > HyperLogLog.StaleAt) HyperLogLog.MakeStale(whole);
            harness.Execute(["SET"u8.ToArray(), "k"u8.ToArray(), whole]);
            string element = random.Next().ToString(CultureInfo.InvariantCulture);
            foreach (string line in (string[])
                ["PFADD k x y " + element, "PFCOUNT k", "PFCOUNT k good", "PFMERGE l k", "PFDEBUG DECODE k",
                "PFDEBUG GETREG k", "PFADD k z"])
            {
                if (harness.Run(line).StartsWith("-INVALIDOBJ", StringComparison.Ordinal)) damaged++;
            }
        }

        Assert.That(damaged, Is.GreaterThan(1000));
    }

    private static byte[] Value(CommandHarness harness, string key)
    {
        byte[] reply = harness.Execute("GET", key);
        int start = Array.IndexOf(reply, (byte)'\n') + 1;
        return reply[start..^2];
    }
}
