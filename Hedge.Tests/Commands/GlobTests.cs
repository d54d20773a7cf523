using System.Text;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

[TestFixture]
[Category("fast")]
public sealed class GlobTests
{
    [TestCase("", "", true)]
    [TestCase("", "a", false)]
    [TestCase("*", "", true)]
    [TestCase("***", "abc", true)]
    [TestCase("a*c", "abbbc", true)]
    [TestCase("a*c", "abbb", false)]
    [TestCase("h?llo", "hello", true)]
    [TestCase("h?llo", "hllo", false)]
    [TestCase("h[ae]llo", "hallo", true)]
    [TestCase("h[^e]llo", "hello", false)]
    [TestCase("h[a-b]llo", "hbllo", true)]
    [TestCase("h[b-a]llo", "hbllo", true)]
    [TestCase("\\*", "*", true)]
    [TestCase("\\*", "a", false)]
    [TestCase("[\\]]", "]", true)]
    [TestCase("[a", "a", true)]
    [TestCase("*a*b*c", "xxaxxbxxc", true)]
    [TestCase("*aab", "aaaab", true)]
    [TestCase("ABC", "abc", false)]
    public void Patterns_match_as_documented(string pattern, string text, bool matches) =>
        Assert.That(Glob.Matches(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text)),
            Is.EqualTo(matches));

    [TestCase("aBc*", "AbCd", true)]
    [TestCase("[A-C]", "b", true)]
    [TestCase("[^A-C]", "b", false)]
    public void Case_may_be_ignored(string pattern, string text, bool matches) =>
        Assert.That(
            Glob.Matches(Encoding.Latin1.GetBytes(pattern), Encoding.Latin1.GetBytes(text), ignoreCase: true),
            Is.EqualTo(matches));

    [Test]
    [CancelAfter(5000)]
    public void A_pattern_of_many_stars_takes_no_exponential_time()
    {
        byte[] pattern = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("*a", 200)) + "b");
        byte[] text = new byte[5000];
        Array.Fill(text, (byte)'a');
        Assert.That(Glob.Matches(pattern, text), Is.False);
    }
}
