using System.Globalization;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Bit rot: no flipped bit of any file gives a wrong answer.</summary>
[TestFixture]
[Category("sim")]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerDamageTests
{
    private const int FlipsPerWorld = 60;

    // Of a value file's bytes most belong to values that have been replaced since.
    private const int FewValuesLive = 5;

    [Test]
    public void A_flipped_bit_is_noticed_or_does_no_harm(
        [Values("Run", "Log", "Value", "Manifest")] string kind)
    {
        RotPlace place = Enum.Parse<RotPlace>(kind);
        int[] outcomes = new int[Enum.GetValues<BitRot.Outcome>().Length];
        foreach (ulong seed in SimCounts.Seeds(40))
        {
            SimWorld world = BitRot.Written(seed, place == RotPlace.Value);
            for (ulong flip = 0; flip < FlipsPerWorld; flip++)
                outcomes[(int)BitRot.Strike(world, place, (seed * 1000) + flip)]++;
        }

        Figures.Count($"flips-server-{kind}", ("flips", outcomes.Sum()), ("wrong", 0));
        TestContext.Out.WriteLine(string.Join(", ", Enum.GetValues<BitRot.Outcome>().Select(
            outcome => string.Create(CultureInfo.InvariantCulture, $"{outcome} {outcomes[(int)outcome]}"))));
        Assert.That(outcomes[(int)BitRot.Outcome.Refused] + outcomes[(int)BitRot.Outcome.Reported],
            Is.GreaterThan(place == RotPlace.Value ? FewValuesLive : 20));
    }
}
