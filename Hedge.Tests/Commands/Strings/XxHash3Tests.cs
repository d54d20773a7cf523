using System.IO.Hashing;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Strings;

/// <summary>The hash at both ends of each class of lengths. The values are those of another
/// implementation.</summary>
[TestFixture]
[Category("fast")]
public sealed class XxHash3Tests
{
    [TestCase(0, "2d06800538d394c2")]
    [TestCase(1, "13e608bc156defed")]
    [TestCase(2, "1c9074b93943b86c")]
    [TestCase(3, "a9088dda485b481c")]
    [TestCase(4, "6d9253b16c8b1ed3")]
    [TestCase(7, "8e8291ad89127e2e")]
    [TestCase(8, "60539db630471163")]
    [TestCase(9, "feff668361d723a8")]
    [TestCase(16, "b8c859b0f030b585")]
    [TestCase(17, "714a04408e79b80f")]
    [TestCase(32, "19ff4ee1d6ba1a55")]
    [TestCase(33, "3e44983ad21679c8")]
    [TestCase(64, "287eb1fa9e4be2c1")]
    [TestCase(65, "829218de4d798646")]
    [TestCase(96, "f084e7cfbc624743")]
    [TestCase(97, "1daa83271a8e7b7c")]
    [TestCase(128, "67425a03650261bf")]
    [TestCase(129, "c664bf3311c6abc4")]
    [TestCase(144, "606a17fa700bb932")]
    [TestCase(175, "98fa37e6cdd8d2cf")]
    [TestCase(240, "64556dc6b462a6cf")]
    [TestCase(241, "8beadd3a8874fe17")]
    [TestCase(256, "3c38817f6d79c0da")]
    [TestCase(512, "f58202b8d9019d1d")]
    [TestCase(1024, "9b81661c641c72b1")]
    [TestCase(1025, "806c2072ed713576")]
    [TestCase(1088, "2f8781e01841f0da")]
    [TestCase(2048, "abe604813ba62ed1")]
    [TestCase(2049, "55aed42c9f1554b6")]
    [TestCase(10000, "fcd0ecba1a48462d")]
    public void Hashes_are_those_of_another_implementation(int length, string hash)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + 3))];
        Assert.That(XxHash3.HashToUInt64(bytes).ToString("x16"), Is.EqualTo(hash));
    }
}
