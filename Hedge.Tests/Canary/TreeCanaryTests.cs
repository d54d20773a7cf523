using Hedge.Storage.Collections;
using Hedge.Tests.Collections;
using Hedge.Tests.Reliability;
using NUnit.Framework;

namespace Hedge.Tests.Canary;

/// <summary>Bugs planted into the trees of collections, which their model test must find.</summary>
[TestFixture]
public sealed class TreeCanaryTests
{
    private const int Seeds = 12;
    private const int Steps = 300;

    [Test]
    [Category("fast")]
    [PlantedBug("a tree's node counts one too few")]
    [PlantedBug("a tree's last element is lost")]
    [PlantedBug("a change of a node is lost")]
    [PlantedBug("a node without elements is kept")]
    [PlantedBug("a separator between nodes is wrong")]
    public void A_planted_bug_is_found(
        [Values("list", "set", "sorted set", "stream")] string kind,
        [Values("LostCount", "LostEnd", "LostChange", "KeptNode", "WrongSeparator")] string fault)
    {
        NodeFault planted = Enum.Parse<NodeFault>(fault);
        if (planted == NodeFault.WrongSeparator && kind == "list") Assert.Pass("lists have no separators");
        int happened = 0, found = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            TreeModel model = Make(kind, seed);
            model.Store.Fault = (planted, seed);
            bool isFound = Fails(model);
            if (!model.Store.HasFailed) continue;
            happened++;
            if (isFound) found++;
        }

        // A separator may be off and still be between its neighbours, and what is wrong may be removed before
        // anybody looks at it.
        TestContext.Out.WriteLine($"{found} of {happened} found");
        Assert.That(happened, Is.GreaterThan(Seeds / 2));
        int least = planted == NodeFault.WrongSeparator ? 1 : happened * 3 / 4;
        Assert.That(found, Is.GreaterThanOrEqualTo(least));
    }

    private static TreeModel Make(string kind, int seed) => kind switch
    {
        "list" => new ListModel(seed, 0),
        "set" => new KeyedModel<MemberOrder>(seed, 0, TreeModelTests.MemberElement),
        "sorted set" => new KeyedModel<ScoreOrder>(seed, 0, TreeModelTests.ScoreElement),
        _ => new KeyedModel<KeyOrder>(seed, 0, TreeModelTests.KeyElement),
    };

    private static bool Fails(TreeModel model)
    {
        try
        {
            for (int i = 0; i < Steps; i++) model.Step();
            model.Drain();
            return false;
        }
        catch (Exception error) when (error is not ResultStateException)
        {
            return true;
        }
    }
}
