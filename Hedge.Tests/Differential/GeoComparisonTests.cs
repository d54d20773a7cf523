using System.Globalization;
using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>The geo commands against redis-server: places all over the earth, near the poles and at the date
/// line, circles and boxes of any size, every option, every error.</summary>
[TestFixture]
[Category("diff")]
public sealed class GeoComparisonTests
{
    private static readonly string[] Units = ["m", "km", "ft", "mi", "KM", "Mi"];

    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() =>
        _pair = await ServerPair.StartAsync(("cores", "2"), ("memtable-bytes", "64kb"));

    [OneTimeTearDown]
    public void Stop() => _pair.Dispose();

    [Test]
    public void Searches_have_the_same_replies([Values(2, 3)] int protocol)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var lines = new List<string>();
        for (int i = 0; i < 1500; i++) lines.Add($"GEOADD all {Place(random, i)} p{i}");
        for (int i = 0; i < 60; i++) lines.Add($"GEOADD few {Place(random, i)} p{i}");
        for (int i = 0; i < 200; i++)
        {
            lines.AddRange([$"ZSCORE all p{i}", $"GEOPOS all p{i} nosuch p{i + 1}", $"GEOHASH all p{i}"]);
            lines.Add($"GEODIST all p{i} p{i + 1} {Pick(Units, random)}");
            lines.Add($"GEODIST all p{i} p{i + 7}");
        }

        for (int i = 0; i < 1500; i++) lines.Add(Search(random, i));
        Same(lines, protocol);
    }

    [TestCase("GEOADD k 1 2")]
    [TestCase("GEOADD k 1 2 a 3")]
    [TestCase("GEOADD k NX XX 1 2 a")]
    [TestCase("GEOADD k NX CH CH")]
    [TestCase("GEOADD k 181 2 a")]
    [TestCase("GEOADD k 1 85.1 a")]
    [TestCase("GEOADD k inf 1 a")]
    [TestCase("GEOADD k nan 1 a")]
    [TestCase("GEOADD k x 1 a")]
    [TestCase("GEOADD k 1 1 a 200 1 b")]
    [TestCase("GEOADD s 1 1 a")]
    [TestCase("GEODIST k a b x")]
    [TestCase("GEODIST k a b m x")]
    [TestCase("GEODIST s a b")]
    [TestCase("GEODIST nosuch a b")]
    [TestCase("GEOPOS nosuch a b")]
    [TestCase("GEOPOS k")]
    [TestCase("GEOPOS s a")]
    [TestCase("GEOHASH nosuch a")]
    [TestCase("GEOHASH s a")]
    [TestCase("GEORADIUS k 1 1 x m")]
    [TestCase("GEORADIUS k 1 1 -1 m")]
    [TestCase("GEORADIUS k 1 1 1 x")]
    [TestCase("GEORADIUS k 1 91 1 m")]
    [TestCase("GEORADIUS k 1 1 1 m COUNT 0")]
    [TestCase("GEORADIUS k 1 1 1 m COUNT x")]
    [TestCase("GEORADIUS k 1 1 1 m COUNT")]
    [TestCase("GEORADIUS k 1 1 1 m ANY")]
    [TestCase("GEORADIUS k 1 1 1 m STORE")]
    [TestCase("GEORADIUS k 1 1 1 m STORE a WITHDIST")]
    [TestCase("GEORADIUS k 1 1 1 m FROMMEMBER a")]
    [TestCase("GEORADIUS s 1 1 1 m")]
    [TestCase("GEORADIUS nosuch 1 1 1 m")]
    [TestCase("GEORADIUS nosuch 1 1 1 m STORE k")]
    [TestCase("GEORADIUS k 13 38 500 km STORE one STORE two")]
    [TestCase("GEORADIUS k 13 38 500 km STOREDIST one STORE two")]
    [TestCase("GEORADIUS_RO k 1 1 1 m STORE a")]
    [TestCase("GEORADIUSBYMEMBER k nosuch 1 m")]
    [TestCase("GEORADIUSBYMEMBER nosuch a x y")]
    [TestCase("GEORADIUSBYMEMBER k a 500 km STOREDIST k")]
    [TestCase("GEORADIUSBYMEMBER_RO k a 500 km STORE k")]
    [TestCase("GEOSEARCH k FROMMEMBER a ASC DESC ANY COUNT 1")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYRADIUS 1 m BYBOX 1 1 m")]
    [TestCase("GEOSEARCH k FROMMEMBER a FROMLONLAT 1 1 BYRADIUS 1 m")]
    [TestCase("GEOSEARCH k FROMLONLAT 1 1 FROMMEMBER a BYRADIUS 1 m")]
    [TestCase("GEOSEARCH k BYRADIUS 1 m ASC DESC")]
    [TestCase("geosearch k FROMMEMBER a ASC ASC ASC")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYBOX 1 x m")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYBOX x 1 m")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYBOX 1 -1 m")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYBOX 1 1 x")]
    [TestCase("GEOSEARCH k FROMMEMBER nosuch BYRADIUS 1 m")]
    [TestCase("GEOSEARCH nosuch FROMMEMBER a BYRADIUS 1 m")]
    [TestCase("GEOSEARCH nosuch FROMMEMBER a ANY DESC ASC")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYRADIUS 1 m STORE a")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYRADIUS 1 m STOREDIST")]
    [TestCase("GEOSEARCHSTORE one k FROMMEMBER a BYRADIUS 500 km WITHDIST")]
    [TestCase("GEOSEARCHSTORE one k FROMMEMBER a BYRADIUS 500 km STOREDIST")]
    [TestCase("GEOSEARCHSTORE k nosuch FROMMEMBER a BYRADIUS 500 km")]
    [TestCase("GEOSEARCHSTORE k k FROMLONLAT 100 10 BYRADIUS 1 m")]
    [TestCase("GEOSEARCHSTORE s k FROMMEMBER a BYRADIUS 500 km")]
    [TestCase("GEOSEARCHSTORE one s FROMMEMBER a BYRADIUS 500 km")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYRADIUS 0 m WITHDIST")]
    [TestCase("ZADD k inf a -inf b 9223372036854775807 c 18446744073709551616 d -1 e 1e300 f")]
    [TestCase("GEOSEARCH k FROMMEMBER a BYBOX 0 0 m WITHDIST")]
    public void Requests_have_the_same_replies_and_effects(string line) => Same(
    [
        "SET s text", "GEOADD k 13.361389 38.115556 a 15.087269 37.502669 b", line, "EXISTS k one two s a",
        "GEOHASH k a b c d e f", "GEOPOS k a b c d e f", "GEODIST k a b", "GEODIST k a c",
        "ZRANGE k 0 -1", "ZRANGE two 0 -1", "GEOADD k CH 13.361389 38.115556 a 16 37 b 17 37 c",
        "GEOADD k XX 1 1 a 2 2 z", "GEOADD k NX 3 3 a 4 4 y", "ZRANGE k 0 -1",
    ], 3, withEffects: true);

    private void Same(IReadOnlyList<string> lines, int protocol, bool withEffects = false)
    {
        using var redis = new ReplyPipe(_pair.Redis.Port);
        using var hedge = new ReplyPipe(_pair.Hedge.Port);
        redis.Run("FLUSHALL");
        hedge.Run("FLUSHALL");
        redis.Run($"HELLO {protocol}");
        hedge.Run($"HELLO {protocol}");
        using EffectProbe? ofRedis = withEffects ? new EffectProbe(_pair.Redis.Port) : null;
        using EffectProbe? ofHedge = withEffects ? new EffectProbe(_pair.Hedge.Port) : null;
        foreach (string line in lines)
        {
            byte[] expected = redis.Run(line), actual = hedge.Run(line);
            Assert.That(Rounded(line, actual), Is.EqualTo(Rounded(line, expected)), line);
            if (ofRedis == null) continue;
            (List<string> Events, SortedDictionary<string, long> Changes) there = ofRedis.Take();
            (List<string> Events, SortedDictionary<string, long> Changes) here = ofHedge!.Take();
            Assert.That(here.Events, Is.EqualTo(there.Events), line);
            Assert.That(here.Changes, Is.EqualTo(there.Changes), line);
        }
    }

    // Distances that are stored are shown with all their digits, and the libraries' sines decide the last.
    private static string Rounded(string line, byte[] reply)
    {
        string shown = ReplyReader.Show(reply);
        return line.StartsWith("ZRANGE", StringComparison.Ordinal)
            ? System.Text.RegularExpressions.Regex.Replace(shown, @"(\.\d{6})\d+", "$1") : shown;
    }

    private static string Place(Random random, int i)
    {
        double longitude = (i % 5) switch
        {
            0 => 179 + random.NextDouble(),
            1 => -180 + random.NextDouble(),
            2 => random.NextDouble() * 2,
            _ => (random.NextDouble() * 360) - 180,
        };
        double latitude = (i % 7) switch
        {
            0 => 84 + random.NextDouble(),
            1 => -84 - random.NextDouble(),
            2 => random.NextDouble() - 0.5,
            _ => (random.NextDouble() * 170) - 85,
        };
        return string.Create(CultureInfo.InvariantCulture, $"{longitude:F8} {latitude:F8}");
    }

    private static string Search(Random random, int i)
    {
        var line = new StringBuilder();
        string key = random.Next(3) == 0 ? "few" : "all";
        string size = (Math.Pow(10, random.NextDouble() * 4.5) * random.Next(0, 10))
            .ToString("F3", CultureInfo.InvariantCulture);
        string unit = random.Next(3) == 0 ? Pick(Units, random) : "km";
        string place = Place(random, random.Next(100));
        string member = $"p{random.Next(60)}";
        string other = random.Next(2) == 0 ? size : $"{random.Next(20_000)}";
        line.Append((i % 5) switch
        {
            0 => $"GEORADIUS {key} {place} {size} {unit}",
            1 => $"GEORADIUSBYMEMBER {key} {member} {size} {unit}",
            2 => $"GEOSEARCH {key} FROMMEMBER {member} BYRADIUS {size} {unit}",
            _ => $"GEOSEARCH {key} FROMLONLAT {place} BYBOX {size} {other} {unit}",
        });
        foreach (string option in (string[])["WITHDIST", "WITHHASH", "WITHCOORD"])
            if (random.Next(3) == 0) line.Append(' ').Append(option);
        if (random.Next(3) == 0) line.Append(random.Next(2) == 0 ? " ASC" : " desc");
        if (random.Next(3) > 0) return line.ToString();
        line.Append($" COUNT {random.Next(1, 30)}{(random.Next(2) == 0 ? " ANY" : "")}");
        return line.ToString();
    }

    private static string Pick(string[] words, Random random) => words[random.Next(words.Length)];
}
