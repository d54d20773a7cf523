using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using NUnit.Framework;
using NUnit.Framework.Internal;

namespace Hedge.Tests.Tools;

/// <summary>Tests of the tests of moving in and out: what an import gets wrong, the comparison of
/// <see cref="MigrationTests"/> must find.</summary>
[TestFixture]
[Category("process")]
public sealed class MigrationCanaryTests
{
    [TestCase("PERSIST text", "")]
    [TestCase("DEL list", "RPUSH list a c b")]
    [TestCase("DEL set", "RPUSH set x")]
    [TestCase("ZADD zset 2 m", "")]
    [TestCase("HDEL hash f", "")]
    [TestCase("XACK stream group 1-1", "")]
    [TestCase("DEL text", "")]
    [PlantedBug("an import drops an expiry")]
    [PlantedBug("an import changes a list's order")]
    [PlantedBug("an import makes a key of another type")]
    [PlantedBug("an import changes a score")]
    [PlantedBug("an import loses a field")]
    [PlantedBug("an import loses a pending entry of a stream's group")]
    [PlantedBug("an import loses a key")]
    public async Task What_an_import_gets_wrong_is_found(string bug, string more)
    {
        using ServerProcess server =
            await ServerProcess.StartAsync(new ServerLaunch { Kind = ServerKind.Hedge });
        using var contents = new ServerContents(server.Port);
        string[] lines =
        [
            "SET text x PX 1000000", "RPUSH list a b c", "SADD set a b", "ZADD zset 1 m", "HSET hash f 1 g 2",
            "XADD stream 1-1 a b", "XGROUP CREATE stream group 0",
            "XREADGROUP GROUP group c STREAMS stream >",
        ];
        foreach (string line in lines) contents.Call(line.Split(' '));
        SortedDictionary<string, string> before = contents.All();
        MigrationTests.Same(before, contents.All(), "unchanged", isExact: true);
        contents.Call(bug.Split(' '));
        if (more.Length > 0) contents.Call(more.Split(' '));
        SortedDictionary<string, string> after = contents.All();
        using (new TestExecutionContext.IsolatedContext())
        {
            Assert.That(() => MigrationTests.Same(before, after, "in Hedge", isExact: true),
                Throws.TypeOf<AssertionException>());
        }
    }
}
