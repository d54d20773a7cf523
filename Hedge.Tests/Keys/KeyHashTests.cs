using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Hedge.Storage.Keys;
using NUnit.Framework;

namespace Hedge.Tests.Keys;

[Category("fast")]
public sealed class KeyHashTests
{
    private const int Keys = 100_000;

    [Test]
    public void Known_hashes_stay_because_filters_on_disk_hold_them()
    {
        Assert.That(KeyHash.Compute(1, []), Is.EqualTo(10096039619745908012UL));
        Assert.That(KeyHash.Compute(1, "abc"u8), Is.EqualTo(14770303255110960520UL));
        Assert.That(KeyHash.Compute(1, "abcdefg"u8), Is.EqualTo(12616477563623522581UL));
        Assert.That(KeyHash.Compute(1, "user:1000"u8), Is.EqualTo(200784563749404903UL));
        Assert.That(KeyHash.Compute(2, "a key that is longer than sixteen bytes"u8),
            Is.EqualTo(5894381425411945052UL));
    }

    [Test]
    public void Numbered_keys_spread_evenly_by_high_and_by_low_bits()
    {
        int[] high = new int[1024];
        int[] low = new int[1024];
        HashSet<ulong> seen = [];
        for (int i = 0; i < Keys; i++)
        {
            ulong hash = KeyHash.Compute(1, Encoding.ASCII.GetBytes($"user:{i}"));
            high[hash >> 54]++;
            low[hash & 1023]++;
            seen.Add(hash);
        }

        Assert.That(seen, Has.Count.EqualTo(Keys));
        Assert.That(ChiSquare(high), Is.InRange(850, 1200));
        Assert.That(ChiSquare(low), Is.InRange(850, 1200));
    }

    [Test]
    public void A_flipped_bit_anywhere_flips_about_half_of_the_hash()
    {
        Random random = new(17);
        for (int length = 1; length <= 40; length++)
        {
            byte[] key = new byte[length];
            long changed = 0;
            const int Rounds = 2000;
            for (int round = 0; round < Rounds; round++)
            {
                random.NextBytes(key);
                ulong before = KeyHash.Compute(1, key);
                key[random.Next(length)] ^= (byte)(1 << random.Next(8));
                changed += BitOperations.PopCount(before ^ KeyHash.Compute(1, key));
            }

            Assert.That(changed / (double)Rounds, Is.InRange(31.0, 33.0), $"keys of {length} bytes");
        }
    }

    [Test]
    public void Lengths_keyspaces_and_zero_bytes_tell_keys_apart()
    {
        HashSet<ulong> seen = [];
        byte[] zeros = new byte[64];
        for (int length = 0; length <= zeros.Length; length++)
            for (uint keyspace = 0; keyspace < 500; keyspace++)
                Assert.That(seen.Add(KeyHash.Compute(keyspace, zeros.AsSpan(0, length))));
    }

    [Test]
    public void A_word_that_cancels_a_constant_does_not_erase_the_rest()
    {
        HashSet<ulong> seen = [];
        byte[] key = new byte[32];
        foreach (ulong constant in new[] { 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93 })
        {
            BinaryPrimitives.WriteUInt64LittleEndian(key, constant);
            BinaryPrimitives.WriteUInt64LittleEndian(key.AsSpan(16), constant);
            for (int i = 0; i < 1000; i++)
            {
                BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(8), i);
                Assert.That(seen.Add(KeyHash.Compute(1, key)));
            }
        }
    }

    private static double ChiSquare(int[] buckets)
    {
        double expected = (double)Keys / buckets.Length;
        return buckets.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
