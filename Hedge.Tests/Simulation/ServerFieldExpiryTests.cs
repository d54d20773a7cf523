using System.Globalization;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>Fields of hashes that expire, on a whole server (<see cref="FieldStory"/>).</summary>
[TestFixture]
[Parallelizable(ParallelScope.Self)]
public sealed class ServerFieldExpiryTests
{
    [Test]
    [Category("fast")]
    public void Random_commands_answer_as_documented() => Run(6);

    [Test]
    [Category("sim")]
    public void Many_random_commands_answer_as_documented() => Run(SimCounts.Times(60));

    private static void Run(int seeds)
    {
        long expired = 0, requests = 0;
        for (ulong seed = 1; seed <= (ulong)seeds; seed++)
        {
            FieldStory story = new(seed);
            Seeded.Run(seed, story.Run);
            expired += story.Model.Expired;
            requests += story.Requests;
        }

        TestContext.Out.WriteLine(
            string.Create(CultureInfo.InvariantCulture, $"{requests} requests, {expired} fields expired"));
        Assert.That(expired, Is.GreaterThan(50 * seeds));
    }
}
