using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Tells, after all simulations of a run, how much of their histories was checked.</summary>
[SetUpFixture]
public sealed class LinearizabilityFigures
{
    [OneTimeTearDown]
    public void Tell()
    {
        if (Linearizer.Checked == 0) return;
        Figures.Count("linearizability", ("operations", Linearizer.Checked),
            ("histories", Linearizer.Histories), ("undecided", Linearizer.Undecided), ("violations", 0));
    }
}
