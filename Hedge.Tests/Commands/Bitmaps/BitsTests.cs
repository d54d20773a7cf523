using Hedge.Host.Commands.Bitmaps;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Bitmaps;

[TestFixture]
[Category("fast")]
public sealed class BitsTests
{
    [Test]
    public void Counts_positions_and_combinations_agree_with_bit_by_bit_definitions()
    {
        var random = new Random(11);
        for (int length = 1; length < 2200; length += random.Next(1, 40))
        {
            byte[] a = new byte[length], b = new byte[random.Next(1, length + 1)];
            random.NextBytes(a);
            random.NextBytes(b);
            if (length % 3 == 0) Array.Fill(a, (byte)0xFF);
            long first = random.NextInt64(length * 8L), last = random.NextInt64(first, length * 8L);
            var range = new BitRange(first, last);
            int ones = 0;
            long firstOne = -1, firstZero = -1;
            for (long i = last; i >= first; i--)
            {
                bool set = (a[i >> 3] & (0x80 >> (int)(i & 7))) != 0;
                ones += set ? 1 : 0;
                if (set) firstOne = i;
                else firstZero = i;
            }

            Assert.That(Bits.Count(a, range), Is.EqualTo(ones), $"{length}: {range}");
            Assert.That(Bits.Find(a, range, set: true), Is.EqualTo(firstOne), $"{length}: {range}");
            Assert.That(Bits.Find(a, range, set: false), Is.EqualTo(firstZero), $"{length}: {range}");
            CheckCombinations(a, b);
        }
    }

    private static void CheckCombinations(byte[] a, byte[] b)
    {
        byte Other(int i) => i < b.Length ? b[i] : (byte)0;
        byte[] and = [.. a], or = [.. a], xor = [.. a], not = [.. a];
        Bits.And(and, b);
        Bits.Or(or, b);
        Bits.Xor(xor, b);
        Bits.Not(not);
        Assert.That(and, Is.EqualTo(a.Select((x, i) => (byte)(x & Other(i))).ToArray()));
        Assert.That(or, Is.EqualTo(a.Select((x, i) => (byte)(x | Other(i))).ToArray()));
        Assert.That(xor, Is.EqualTo(a.Select((x, i) => (byte)(x ^ Other(i))).ToArray()));
        Assert.That(not, Is.EqualTo(a.Select(x => (byte)~x).ToArray()));
    }
}
