using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

/// <summary>SET … IFEQ and its kin, DELEX, DELIFEQ, DIGEST and MSETEX, by tables: redis-server 7.0.15 does
/// not have them.</summary>
[TestFixture(false)]
[TestFixture(true)]
[Category("fast")]
public sealed class ConditionalTests(bool missesFirst)
{
    private const string Syntax = "-ERR syntax error\r\n";
    private const string Digest = "b6acb9d84a38ff74";
    private const string Other = "b6acb9d84a38ff75";

    private CommandHarness _hedge = null!;

    private string Events => string.Join(", ", _hedge.Events);

    [SetUp]
    public void Start()
    {
        _hedge = new CommandHarness(missesFirst);
        _hedge.Run("SET k \"Hello world\" PX 100000");
        _hedge.Events.Clear();
    }

    [TearDown]
    public void Stop() => _hedge.Dispose();

    [TestCase("IFEQ \"Hello world\"", true, false)]
    [TestCase("ifeq hello", false, false)]
    [TestCase("IFNE \"Hello world\"", false, true)]
    [TestCase("IFNE \"\"", true, true)]
    [TestCase("IFDEQ " + Digest, true, false)]
    [TestCase("IFDEQ B6ACB9D84A38FF74", true, false)]
    [TestCase("IFDEQ " + Other, false, false)]
    [TestCase("IFDNE " + Digest, false, true)]
    [TestCase("IFDNE " + Other, true, true)]
    public void Set_compares_first(string condition, bool ofKey, bool ofMissing)
    {
        Assert.That(_hedge.Run($"SET nokey new {condition}"), Is.EqualTo(ofMissing ? "+OK\r\n" : "$-1\r\n"));
        Assert.That(_hedge.Run("GET nokey"), Is.EqualTo(ofMissing ? "$3\r\nnew\r\n" : "$-1\r\n"));
        Assert.That(_hedge.Run("SET nokey2 new GET " + condition), Is.EqualTo("$-1\r\n"));
        Assert.That(_hedge.Run("EXISTS nokey2"), Is.EqualTo(ofMissing ? ":1\r\n" : ":0\r\n"));
        _hedge.Events.Clear();
        Assert.That(_hedge.Run($"SET k new {condition} KEEPTTL"), Is.EqualTo(ofKey ? "+OK\r\n" : "$-1\r\n"));
        Assert.That(Events, Is.EqualTo(ofKey ? "set k" : ""));
        Assert.That(_hedge.Run("GET k"), Is.EqualTo(ofKey ? "$3\r\nnew\r\n" : "$11\r\nHello world\r\n"));
        Assert.That(_hedge.Run("PTTL k"), Is.EqualTo(":100000\r\n"));
        _hedge.Run("SET k \"Hello world\"");
        Assert.That(_hedge.Run($"SET k new EX 10 GET {condition}"), Is.EqualTo("$11\r\nHello world\r\n"));
        Assert.That(_hedge.Run("TTL k"), Is.EqualTo(ofKey ? ":10\r\n" : ":-1\r\n"));
    }

    [TestCase("IFEQ \"Hello world\"", true)]
    [TestCase("IFEQ x", false)]
    [TestCase("IFNE x", true)]
    [TestCase("IFNE \"Hello world\"", false)]
    [TestCase("IFDEQ " + Digest, true)]
    [TestCase("IFDNE " + Digest, false)]
    [TestCase("ifdne " + Other, true)]
    [TestCase("", true)]
    public void Delex_compares_first(string condition, bool removes)
    {
        Assert.That(_hedge.Run($"DELEX nokey {condition}"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run($"DELEX k {condition}"), Is.EqualTo(removes ? ":1\r\n" : ":0\r\n"));
        Assert.That(Events, Is.EqualTo(removes ? "del k" : ""));
        Assert.That(_hedge.Run("EXISTS k"), Is.EqualTo(removes ? ":0\r\n" : ":1\r\n"));
    }

    [Test]
    public void Delifeq_removes_an_equal_value_only()
    {
        Assert.That(_hedge.Run("DELIFEQ k hello"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("DELIFEQ nokey \"\""), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("DELIFEQ k \"Hello world\""), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("DELIFEQ k \"Hello world\""), Is.EqualTo(":0\r\n"));
        Assert.That(Events, Is.EqualTo("del k"));
        _hedge.Run("SET n 12");
        Assert.That(_hedge.Run("DELIFEQ n 012"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("DELIFEQ n 12"), Is.EqualTo(":1\r\n"));
    }

    [Test]
    public void An_expired_key_is_none()
    {
        _hedge.Databases.NowMilliseconds += 100_000;
        Assert.That(_hedge.Run("DIGEST k"), Is.EqualTo("$-1\r\n"));
        Assert.That(_hedge.Run("DELEX k"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("DELIFEQ k \"Hello world\""), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("SET k new IFEQ \"Hello world\""), Is.EqualTo("$-1\r\n"));
        Assert.That(_hedge.Run("MSETEX 1 k v XX"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("MSETEX 1 k v NX"), Is.EqualTo(":1\r\n"));
    }

    [TestCase("SET k v IFEQ")]
    [TestCase("SET k v IFEQ a IFNE b")]
    [TestCase("SET k v NX IFEQ a")]
    [TestCase("SET k v IFEQ a XX")]
    [TestCase("SET k v IFDEQ " + Digest + " IFEQ a")]
    [TestCase("GETEX k IFEQ a")]
    [TestCase("GETEX k KEEPTTL")]
    [TestCase("SET k v PERSIST")]
    [TestCase("DELEX k IFEQ")]
    [TestCase("DELEX k NX")]
    [TestCase("DELEX k IFEQ a IFNE b")]
    [TestCase("DELEX k IFEQ a EX 5")]
    [TestCase("MSETEX 1 a b NX XX")]
    [TestCase("MSETEX 1 a b GET")]
    [TestCase("MSETEX 1 a b IFEQ b")]
    [TestCase("MSETEX 1 a b EX 5 KEEPTTL")]
    [TestCase("MSETEX 1 a b EX")]
    [TestCase("MSETEX 1 a b c d")]
    public void Options_exclude_each_other(string line) => Assert.That(_hedge.Run(line), Is.EqualTo(Syntax));

    [TestCase("SET k v IFDEQ b6acb9d84a38ff7")]
    [TestCase("SET k v IFDNE 00b6acb9d84a38ff74")]
    [TestCase("SET nokey v IFDEQ \"\"")]
    [TestCase("DELEX k IFDEQ b6acb9d84a38ff7g")]
    [TestCase("DELEX nokey IFDNE \" 6acb9d84a38ff74\"")]
    public void What_cannot_be_a_digest_is_an_error(string line) =>
        Assert.That(_hedge.Run(line), Is.EqualTo("-ERR a digest has 16 hexadecimal digits\r\n"));

    [Test]
    public void Digests_are_sixteen_lower_case_digits()
    {
        Assert.That(_hedge.Run("DIGEST k"), Is.EqualTo($"$16\r\n{Digest}\r\n"));
        Assert.That(_hedge.Run("DIGEST nokey"), Is.EqualTo("$-1\r\n"));
        // A digest that begins with zeros.
        _hedge.Run("SET z v8lf0c11xh8ymlqztfd3eeq16kfn4sspw7fqmnuuq3k3t75em5wdizgcdw7uc26nnf961u2jkfzkjytls2"
            + "kwlj7626sd");
        Assert.That(_hedge.Run("DIGEST z"), Is.EqualTo("$16\r\n00006c38adf31777\r\n"));
    }

    [Test]
    public void Many_keys_get_one_expiry()
    {
        Assert.That(_hedge.Run("MSETEX 2 k 1 l 2 PX 5000"), Is.EqualTo(":1\r\n"));
        Assert.That(Events, Is.EqualTo("set k, expire k, set l, expire l"));
        Assert.That(_hedge.Run("PTTL l"), Is.EqualTo(":5000\r\n"));
        Assert.That(_hedge.Run("MSETEX 3 k 3 m 4 l 5 KEEPTTL"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("PTTL k"), Is.EqualTo(":5000\r\n"));
        Assert.That(_hedge.Run("PTTL m"), Is.EqualTo(":-1\r\n"));
        Assert.That(_hedge.Run("MSETEX 2 k 6 n 7 NX"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("MSETEX 2 k 6 n 7 XX EX 9"), Is.EqualTo(":0\r\n"));
        Assert.That(_hedge.Run("MGET k l m n"), Does.EndWith("$1\r\n3\r\n$1\r\n5\r\n$1\r\n4\r\n$-1\r\n"));
        Assert.That(_hedge.Run("MSETEX 2 k 8 k 9 XX"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("GET k"), Is.EqualTo("$1\r\n9\r\n"));
        Assert.That(_hedge.Run("TTL k"), Is.EqualTo(":-1\r\n"));
        Assert.That(_hedge.Run("MSETEX 2 n 1 o 2 NX EXAT 1"), Is.EqualTo(":1\r\n"));
        Assert.That(_hedge.Run("EXISTS n o"), Is.EqualTo(":0\r\n"));
    }

    [TestCase("MSETEX 0 a b", "-ERR numkeys should be greater than 0\r\n")]
    [TestCase("MSETEX x a b", "-ERR numkeys should be greater than 0\r\n")]
    [TestCase("MSETEX -1 a b", "-ERR numkeys should be greater than 0\r\n")]
    [TestCase("MSETEX 9223372036854775807 a b",
        "-ERR Number of keys can't be greater than number of args\r\n")]
    [TestCase("MSETEX 2 a b c", "-ERR wrong number of arguments for 'msetex' command\r\n")]
    [TestCase("MSETEX 1 a b EX 0", "-ERR invalid expire time in 'msetex' command\r\n")]
    [TestCase("MSETEX 1 a b PX x", "-ERR value is not an integer or out of range\r\n")]
    public void Wrong_numbers_are_told(string line, string reply) =>
        Assert.That(_hedge.Run(line), Is.EqualTo(reply));
}
