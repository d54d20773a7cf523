using System.Text;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

[TestFixture]
[Category("diff")]
public sealed class GlobOracleTests : OracleFixture
{
    [Test]
    public void Random_patterns_select_the_keys_that_redis_selects([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        Redis.Run("FLUSHALL");
        var keys = new List<byte[]>();
        for (int i = 0; i < 100; i++)
        {
            keys.Add(Word(random, "abc]-^\\*", 5));
            Redis.Execute(Bytes("SET"), keys[i], Bytes("v"));
        }

        for (int i = 0; i < 3000; i++)
        {
            byte[] pattern = Word(random, "abc*?[]-^\\", 8);
            byte[] reply = Redis.Execute(Bytes("KEYS"), pattern);
            var expected = Encoding.Latin1.GetString(reply).Split("\r\n").Skip(1).Where((_, n) => n % 2 == 1);
            var actual =
                keys.Where(k => Glob.Matches(pattern, k)).Select(Encoding.Latin1.GetString).Distinct();
            Assert.That(
                actual, Is.EquivalentTo(expected), $"seed {seed}: {Encoding.Latin1.GetString(pattern)}");
        }
    }

    private static byte[] Word(Random random, string alphabet, int max)
    {
        byte[] word = new byte[random.Next(1, max + 1)];
        for (int i = 0; i < word.Length; i++) word[i] = (byte)alphabet[random.Next(alphabet.Length)];
        return word;
    }
}
