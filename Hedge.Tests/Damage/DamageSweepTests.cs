using Hedge.Storage.Logs;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Damage;

/// <summary>Nothing vanishes unnoticed: every file of a directory removed, cut, zeroed in turn.</summary>
[TestFixture]
public sealed class DamageSweepTests
{
    [Category("fast")]
    [TestCase(SyncPolicy.Always, true)]
    [TestCase(SyncPolicy.Always, false)]
    [TestCase(SyncPolicy.No, false)]
    public void What_vanishes_is_noticed(SyncPolicy policy, bool isClosed) =>
        new DamageSweep().Run(SimCounts.FirstSeed, new WrittenBy(1, policy, isClosed), blocks: 1);

    [Category("sim")]
    [Test]
    public void What_vanishes_is_noticed_whatever_the_directory()
    {
        DamageSweep sweep = new();
        foreach (ulong seed in SimCounts.Seeds(2))
            foreach (SyncPolicy policy in Enum.GetValues<SyncPolicy>())
                foreach (int cores in (int[])[1, 2])
                    foreach (bool isClosed in (bool[])[true, false])
                        sweep.Run(seed, new WrittenBy(cores, policy, isClosed), blocks: 6);
        Figures.Write("damage-sweep", new Dictionary<string, object>
        {
            ["seed"] = SimCounts.FirstSeed,
            ["cases"] = sweep.Cases,
            ["refused"] = sweep.Outcomes[(int)WrittenDirectory.Outcome.Refused],
            ["reported"] = sweep.Outcomes[(int)WrittenDirectory.Outcome.Reported],
            ["harmless"] = sweep.Outcomes[(int)WrittenDirectory.Outcome.Harmless],
            ["lostNeverSynced"] = sweep.Outcomes[(int)WrittenDirectory.Outcome.Lost],
            ["tolerated"] = sweep.Tolerated,
            ["silentLosses"] = 0,
            ["wrongValues"] = 0,
        });
    }
}
