using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>SORT and SORT_RO with all options over lists, sets and sorted sets, against redis-server. No two
/// elements are equal in what sorts them, since their order is open then.</summary>
[TestFixture]
[Category("diff")]
public sealed class SortComparisonTests
{
    private const int Elements = 300;
    private const int Commands = 3000;

    private static readonly string[] Sources = ["list", "set", "sorted", "small", "none", "names", "text"];

    private static readonly string[] Patterns =
    [
        "#", "weight:*", "hash:*->weight", "hash:*->none", "none:*", "*", "hash:*->", "weight:*->weight",
        "plain", "hash:*", "name:*x", "hash:*->name->x", "list*",
    ];

    private static readonly string[] Offsets =
        ["0", "5", "-3", "299", "300", "1000", "9223372036854775807", "x"];

    [TestCase("1", "1kb")]
    [TestCase("2", "64")]
    public async Task Replies_and_stored_lists_are_the_same(string cores, string nodeBytes)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"SORT: seed {seed}");
        Random random = new(seed);
        using ServerPair pair = await ServerPair.StartAsync(
            ("cores", cores), ("collection-node-bytes", nodeBytes), ("memtable-bytes", "64kb"));
        List<string> lines = [.. Data(random)];
        for (int i = 0; i < Commands; i++)
        {
            lines.Add(Line(random));
            if (i % 10 == 0) lines.Add("LRANGE stored 0 -1");
        }

        GeneratedCommand[] commands = GeneratedCommand.FromLines(lines);
        foreach (int protocol in (int[])[2, 3])
        {
            Mismatch? mismatch = pair.FirstMismatch(commands, protocol, [1, 50]);
            Assert.That(mismatch, Is.Null, mismatch == null ? "" : lines[mismatch.Index]);
        }
    }

    private static IEnumerable<string> Data(Random random)
    {
        int[] numbers = [.. Enumerable.Range(0, Elements)];
        random.Shuffle(numbers);
        int[] weights = [.. Enumerable.Range(1000, Elements)];
        random.Shuffle(weights);
        for (int i = 0; i < Elements; i++)
        {
            yield return $"RPUSH list {numbers[i]}";
            yield return $"SADD set {numbers[i]}";
            yield return $"ZADD sorted {weights[i]} {numbers[i]}";
            yield return $"SET weight:{i} {weights[i]}.5";
            yield return $"HSET hash:{i} weight {weights[^(i + 1)]} name n{weights[i]}";
            yield return $"SET name:{i}x n{weights[i]}";
        }

        yield return "RPUSH small 3 -1 2.5 1e2 inf -inf";
        yield return "RPUSH names b a c \"\" B ab";
        yield return "RPUSH text 1 two 3";
        yield return "SET string value";
        yield return "DEL weight:7 hash:9";
    }

    private static string Line(Random random)
    {
        bool isStored = random.Next(4) == 0;
        string source = random.Next(30) == 0 ? "string" : Pick(random, Sources);
        string line = $"{(isStored || random.Next(2) == 0 ? "SORT" : "SORT_RO")} {source}";
        // The order of an unsorted set, and that of equal names, are open.
        bool isByNumber = random.Next(3) == 0;
        bool isUnsorted = source != "set" && random.Next(5) == 0;
        if (isUnsorted) line += " BY nosort";
        else if (isByNumber) line += $" BY {Pick(random, ["weight:*", "hash:*->weight"])}";
        else if (random.Next(5) == 0 && source is "list" or "set" or "sorted") line += " BY name:*x ALPHA";
        else if (random.Next(3) == 0) line += " ALPHA";
        if (random.Next(2) == 0) line += random.Next(2) == 0 ? " DESC" : " asc";
        if (random.Next(2) == 0)
            line += $" LIMIT {Pick(random, Offsets)} {(random.Next(4) == 0 ? "-1" : random.Next(0, 20))}";
        for (int gets = random.Next(3); gets > 0; gets--) line += $" GET {Pick(random, Patterns)}";
        if (isStored) line += " STORE stored";
        return random.Next(40) == 0 ? line + " WRONG" : line;
    }

    private static string Pick(Random random, string[] words) => words[random.Next(words.Length)];
}
