using Hedge.Host.Commands;
using Hedge.Host.Commands.Introspection;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Introspection;

[TestFixture]
[Category("diff")]
public sealed class CommandOracleTests : OracleFixture
{
    private static readonly CommandTable Table = new();

    public static IEnumerable<string> Names => Table.All.Select(command => SpecText.Name(command.Spec));

    [TestCaseSource(nameof(Names))]
    public void Declarations_are_those_of_redis(string name)
    {
        foreach (int protocol in (int[])[2, 3])
        {
            Reset(protocol);
            foreach (string line in (string[])[$"COMMAND INFO {name}", $"COMMAND DOCS {name}"])
            {
                // A container's subcommands differ (Redis has more, in an order of its own) and have cases of their own.
                string ours = WithoutSubcommands(Hedge.Execute(CommandLine.Split(line)));
                string theirs = WithoutSubcommands(Redis.Execute(CommandLine.Split(line)));
                Assert.That(ours, Is.EqualTo(theirs), $"RESP{protocol} {line}");
            }
        }
    }

    [Test]
    public void Keys_of_requests_are_those_of_redis() => Same(
        "COMMAND GETKEYS GET", "COMMAND GETKEYS GET a b", "COMMAND GETKEYS nosuch a", "COMMAND GETKEYS SET a b GET",
        "COMMAND GETKEYSANDFLAGS SET a b GET", "COMMAND GETKEYSANDFLAGS SET a b EX 1", "COMMAND GETKEYS MSET a b c d",
        "COMMAND GETKEYSANDFLAGS MSET a b c", "COMMAND GETKEYSANDFLAGS BITFIELD a",
        "COMMAND GETKEYSANDFLAGS BITFIELD a GET u8 0", "COMMAND GETKEYSANDFLAGS BITFIELD a OVERFLOW SAT SET u8 0 1",
        "COMMAND GETKEYSANDFLAGS BITFIELD a OVERFLOW SAT", "COMMAND GETKEYSANDFLAGS BITFIELD a NOSUCH",
        "COMMAND GETKEYSANDFLAGS BITOP AND a b c", "COMMAND GETKEYS BITOP AND a b", "COMMAND GETKEYS COMMAND COUNT",
        "COMMAND GETKEYS COMMAND nosuch a", "COMMAND GETKEYS LCS a b", "COMMAND GETKEYSANDFLAGS GETEX a PERSIST");

    [Test]
    public void Lists_by_filter_and_errors_are_those_of_redis() => Same(
        "COMMAND HELP", "COMMAND LIST FILTERBY PATTERN bitfield_*", "COMMAND LIST FILTERBY PATTERN mset",
        "COMMAND LIST FILTERBY MODULE m", "COMMAND LIST FILTERBY ACLCAT nosuch", "COMMAND LIST FILTERBY X y",
        "COMMAND LIST x", "COMMAND LIST FILTERBY PATTERN a b", "COMMAND INFO nosuch get", "COMMAND DOCS nosuch",
        "COMMAND nosuch", "COMMAND COUNT x", "COMMAND INFO command|count nosuch|x get|x");

    private static string WithoutSubcommands(byte[] reply)
    {
        string text = ReplyReader.Show(reply).Replace('~', '*');
        int nested = text.IndexOf("|$11|subcommands|", StringComparison.Ordinal);
        if (nested >= 0) return text[..nested];
        if (!text.StartsWith("*1|*10|", StringComparison.Ordinal)) return text;
        // COMMAND INFO ends with the set of subcommands, each an array of ten.
        int first = text.IndexOf("|*10|", 7, StringComparison.Ordinal);
        return first < 0 ? text : text[..text.LastIndexOf('|', first - 1)];
    }
}
