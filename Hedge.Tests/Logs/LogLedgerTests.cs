using Hedge.Storage;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

[TestFixture]
[Category("fast")]
public sealed class LogLedgerTests
{
    private const string Path = "data/LOG-00";
    private const int Slot = 4096;
    private static readonly LedgerIdentity Identity = new(77, 0, 4);

    private static LedgerState State { get; } = new()
    {
        First = 3,
        Last = 5,
        Segment = 4,
        Synced = 12_345,
        IsClosed = true,
        Highest = [1, 22, 0, ulong.MaxValue],
    };

    [Test]
    public void It_says_what_was_written()
    {
        SimDisk disk = Written();
        using LogLedger ledger = LogLedger.Open(disk, "data", Identity);
        Assert.That(ledger.State with { Highest = State.Highest }, Is.EqualTo(State));
        Assert.That(ledger.State.Highest, Is.EqualTo(State.Highest));
        Assert.That(disk.Peek(Path).Length, Is.EqualTo(2 * Slot));
    }

    [TestCase(0)]
    [TestCase(Slot)]
    public void One_half_alone_tells_everything(int at)
    {
        SimDisk disk = Written();
        disk.Poke(Path, at, new byte[Slot]);
        using LogLedger ledger = LogLedger.Open(disk, "data", Identity);
        Assert.That(ledger.State.Synced, Is.EqualTo(State.Synced));
    }

    [Test]
    public void Without_a_right_half_or_with_anothers_it_is_refused()
    {
        SimDisk disk = Written();
        Assert.That(() => LogLedger.Open(disk, "data", Identity with { Directory = 78 }),
            Throws.TypeOf<LogException>().With.Message.Contains("another"));
        disk.Poke(Path, 0, new byte[2 * Slot]);
        Assert.That(() => LogLedger.Open(disk, "data", Identity),
            Throws.TypeOf<LogException>().With.Property("Problem").EqualTo(LogProblem.Corrupt));
        disk.Delete(Path);
        Assert.That(() => LogLedger.Open(disk, "data", Identity),
            Throws.TypeOf<LogException>().With.Property("Problem").EqualTo(LogProblem.MissingLedger));
    }

    [Test]
    public void A_power_failure_anywhere_in_a_write_leaves_the_old_state_or_the_new_one()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            SimDisk disk = Written();
            long least = State.Synced;
            // One failure after the other, each in the write that follows the last.
            for (int failure = 0; failure < 4; failure++)
            {
                LogLedger ledger = LogLedger.Open(disk, "data", Identity);
                Assert.That(ledger.State.Synced, Is.InRange(least, 20_000 + failure), $"seed {seed}");
                least = ledger.State.Synced;
                disk.CrashAt = disk.Mutations + 1 + (long)((seed >> failure) % 5);
                try
                {
                    ledger.Write(State with { Synced = 20_001 + failure });
                    least = 20_001 + failure;
                }
                catch (SimCrashException)
                {
                    // The old state or the new one.
                }

                disk = disk.AfterCrash((seed * 10) + (ulong)failure);
            }
        }
    }

    [Test]
    public void A_directory_of_an_older_build_is_read_and_gets_ledgers()
    {
        SimClock clock = new();
        SimDisk disk = new(1, clock);
        SimSeed seed = new(1);
        EngineOptions options = PartitionModelTests.Options(2, null);
        SimNode node = new(disk, clock, seed, options, SyncPolicy.Always);
        node.Put(node.Engine.Partitions[1], "key", "value");
        node.Close();

        // As it was before: an identity file of version 1, and no ledgers.
        byte[] identity = disk.Peek("data/HEDGE").ToArray()[..36];
        identity[8] = 1;
        BitConverter.TryWriteBytes(identity.AsSpan(32), Crc32C.Compute(identity.AsSpan(0, 32)));
        using (DiskFile file = disk.Open("data/HEDGE", DiskOpenMode.ReadWrite)) disk.Truncate(file, 36);
        disk.Poke("data/HEDGE", 0, identity);
        disk.Delete("data/LOG-00");
        disk.Delete("data/LOG-01");

        node = new SimNode(disk, clock, seed, options, SyncPolicy.Always);
        Assert.That(node.Get(node.Engine.Partitions[1], "key"), Is.EqualTo("value"));
        node.Close();
        disk.Delete("data/LOG-01");
        Assert.That(() => new SimNode(disk, clock, seed, options, SyncPolicy.Always),
            Throws.TypeOf<LogException>().With.Message.Contains("LOG-01"));
    }

    private static SimDisk Written()
    {
        SimDisk disk = new(1);
        disk.CreateDirectory("data");
        disk.SyncDirectory("/");
        LogLedger.Reset(disk, "data", Identity, 1);
        using LogLedger ledger = LogLedger.Open(disk, "data", Identity);
        ledger.Write(State);
        return disk;
    }
}
