using Hedge.Host.Settings;
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

    private static readonly AppendFsync[] Policies =
        [AppendFsync.Always, AppendFsync.EverySec, AppendFsync.No];

    /// <summary>The partition is lent while the read waits, comes back while its writes are slowed, and is
    /// lent again.</summary>
    [Test]
    public void A_read_keeps_its_place_when_its_partition_is_lent_again_and_again() =>
        Run(SimAction.Of("DBSIZE"));

    private static void Run(params SimAction[] others)
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
                fillers.Add(SimAction.Of("SET", $"k{30 + (i % 10)}", "".PadRight(600, 'f')));
            SimServerOptions options = new() { Fsync = Policies[(int)(seed % 3)] };
            new SimRun(seed).WithScripts([pairs, among, fillers]).Execute(
                scripts => SimWorldTests.Check(SimWorldTests.ColdWorld(seed, scripts, options)));
        }
    }
}
