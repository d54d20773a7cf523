using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>A client's commands on a key run in order: a read that waits for the disk does not see what the
/// client writes after it, whatever happens to the partition meanwhile.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerOrderTests
{
    private const int Runs = 150;

    /// <summary>The partition is lent while the read waits, comes back while its writes are slowed, and is
    /// lent again.</summary>
    [Test]
    public void A_read_keeps_its_place_when_its_partition_is_lent_again_and_again() =>
        Run("SET", SimAction.Of("DBSIZE"));

    /// <summary>The records have other hashes afterwards.</summary>
    [Test]
    public void A_read_keeps_its_place_when_its_database_is_flushed() =>
        Run("SET", SimAction.Of("DBSIZE"), SimAction.Of("FLUSHALL"), SimAction.Of("DBSIZE"));

    /// <summary>What was read is of no use, and the read goes on in the other database. Only with replies
    /// that tell which value was in which database can the histories be decided.</summary>
    [Test]
    public void A_read_keeps_its_place_when_its_database_is_exchanged() =>
        Run("GETSET", SimAction.Of("DBSIZE"), SimAction.Of("SWAPDB", "0", "1"), SimAction.Of("DBSIZE"));

    private static void Run(string fill, params SimAction[] others)
    {
        foreach (ulong seed in SimCounts.Seeds(Runs))
        {
            SimSeed chance = new(seed);
            List<SimAction> pairs = [], among = [], fillers = [];
            for (int i = 0; i < 12; i++)
            {
                string key = $"k{chance.Below(4)}";
                pairs.Add(SimAction.Of("STRLEN", key));
                pairs.Add(SimAction.Of("SET", key, "".PadRight(3 + i, 'v')));
                among.Add(others[i % others.Length]);
            }

            // The memtables fill up, so that writes are slowed.
            for (int i = 0; i < 24; i++)
                fillers.Add(SimAction.Of(fill, $"k{30 + (i % 10)}", "".PadRight(600 + i, 'f')));
            SimServerOptions options = new() { Fsync = SimRun.Policies[(int)(seed % 3)] };
            new SimRun(seed).WithScripts([pairs, among, fillers]).Execute(
                scripts => SimWorldTests.ColdWorld(seed, scripts, options).Complete());
        }
    }
}
