using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Commands.Introspection;

[TestFixture]
[Category("diff")]
public sealed class CommandOracleTests : OracleFixture
{
    private static readonly CommandTable Table = AllCommands.Table();

    /// <summary>All but our own and those of Redis 7.2 and later, which the oracle does not know.</summary>
    public static IEnumerable<string> Names => Table.All
        .Where(c => !c.Spec.Name.StartsWith("HEDGE.", StringComparison.Ordinal))
        .Where(c => Version.Parse(c.Spec.Since) < new Version(7, 1))
        .Select(command => SpecText.Name(command.Spec));

    [TestCaseSource(nameof(Names))]
    public void Declarations_are_those_of_redis(string name)
    {
        foreach (int protocol in (int[])[2, 3])
        {
            Reset(protocol);
            foreach (string line in (string[])[$"COMMAND INFO {name}", $"COMMAND DOCS {name}"])
            {
                // A container's subcommands differ (Redis has more, in an order of its own) and have cases of
                // their own.
                byte[] known = LaterDocs.Without(Hedge.Execute(CommandLine.Split(line)));
                string ours = WithoutSubcommands(known);
                string theirs = WithoutSubcommands(Redis.Execute(CommandLine.Split(line)));
                Assert.That(ours, Is.EqualTo(theirs), $"RESP{protocol} {line}");
            }
        }
    }

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
