using System.Text;
using Hedge.Storage;
using NUnit.Framework;

namespace Hedge.Tests.Logs;

[TestFixture]
[Category("fast")]
public sealed class Crc32CTests
{
    [Test]
    public void The_check_value_of_the_catalogue_comes_out() =>
        Assert.That(Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")), Is.EqualTo(0xE3069283u));

    [Test]
    public void Every_length_agrees_with_the_bitwise_definition()
    {
        byte[] data = new byte[9000];
        new Random(7).NextBytes(data);
        uint crc = 0xFFFFFFFF;
        for (int length = 0; length <= data.Length; length++)
        {
            Assert.That(Crc32C.Compute(data.AsSpan(0, length)), Is.EqualTo(~crc), $"length {length}");
            if (length == data.Length) break;
            crc ^= data[length];
            for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
        }
    }

    [Test]
    public void Sums_chain_at_any_split()
    {
        byte[] data = new byte[7001];
        new Random(8).NextBytes(data);
        uint whole = Crc32C.Compute(data);
        for (int split = 0; split <= data.Length; split += 13)
        {
            uint chained = Crc32C.Compute(data.AsSpan(split), Crc32C.Compute(data.AsSpan(0, split)));
            Assert.That(chained, Is.EqualTo(whole), $"split {split}");
        }
    }
}
