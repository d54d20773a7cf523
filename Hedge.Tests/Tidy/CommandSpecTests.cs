using System.Text.RegularExpressions;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using NUnit.Framework;

namespace Hedge.Tests.Tidy;

/// <summary>Every command's declaration is whole.</summary>
[TestFixture]
[Category("fast")]
public sealed class CommandSpecTests
{
    private static readonly string[] Groups =
    [
        "bitmap", "cluster", "connection", "generic", "geo", "hash", "hyperloglog", "list", "pubsub",
        "scripting", "sentinel", "server", "set", "sorted-set", "stream", "string", "transactions",
    ];

    private static IReadOnlyList<Command> All { get; } = AllCommands.Table().All;

    [TestCaseSource(nameof(All))]
    public void A_declaration_is_whole(Command command)
    {
        CommandSpec spec = command.Spec;
        Assert.Multiple(() =>
        {
            Assert.That(spec.Name, Does.Match(@"^(HEDGE\.)?[A-Z0-9_\-]+(\|[A-Z0-9_\-]+)?$"), "name");
            Assert.That(spec.Arity, Is.Not.Zero, "arity");
            // Redis's summary of ACL ends with a space.
            string summary = spec.Name == "ACL" ? spec.Summary[..^1] : spec.Summary;
            Assert.That(summary.Trim(), Is.Not.Empty.And.EqualTo(summary), "summary");
            Assert.That(spec.Summary, Does.Not.Contain('\n'), "summary");
            Assert.That(spec.Since, Does.Match(@"^\d+\.\d+\.\d+$"), "since");
            Assert.That(Groups, Does.Contain(spec.Group), "group");
            // Redis says nothing on these.
            bool known = spec.Name is not ("LOLWUT" or "MONITOR" or "SYNC" or "PSYNC");
            Assert.That(spec.Complexity.Trim(), known ? Is.Not.Empty : Is.Empty, "complexity");
            Assert.That(spec.Tips, Has.None.Empty, "tips");
        });
    }

    [TestCaseSource(nameof(All))]
    public void A_command_is_a_write_or_read_only_and_not_both(Command command)
    {
        bool both = command.Spec.Flags.HasFlag(CommandFlags.Write)
            && command.Spec.Flags.HasFlag(CommandFlags.ReadOnly);
        Assert.That(both, Is.False, "write and readonly exclude each other");
    }

    [TestCaseSource(nameof(All))]
    public void The_syntax_opens_and_closes_its_brackets(Command command)
    {
        string syntax = Regex.Replace(command.Spec.Syntax, @"""[^""]*""", "");
        Assert.That(syntax.Count(c => c == '['), Is.EqualTo(syntax.Count(c => c == ']')), syntax);
        Assert.That(syntax.Count(c => c == '<'), Is.EqualTo(syntax.Count(c => c == '>')), syntax);
    }

    [Test]
    public void Names_are_unique() => Assert.That(All.Select(c => c.Spec.Name), Is.Unique);

    [Test]
    public void Subcommands_have_containers()
    {
        string[] orphans =
            [.. All.Select(c => c.Spec.Name).Where(n => n.Contains('|', StringComparison.Ordinal))
            .Where(n => All.All(c => c.Spec.Name != n[..n.IndexOf('|', StringComparison.Ordinal)]))];
        Assert.That(orphans, Is.Empty);
    }

    /// <summary>Who may use a command's name, and what for.</summary>
    private static readonly Dictionary<string, string> NameUsers = new()
    {
        ["Hedge.Host/Declarations/CommandTable.cs"] = "finds commands by name",
        ["Hedge.Host/Declarations/SpecText.cs"] = "replies",
        ["Hedge.Host/Declarations/Command.cs"] = "keeps the name in the forms that replies need",
        ["Hedge.Host/Commands/CommandNames.cs"] = "replies and figures",
        ["Hedge.Host/Commands/Strings/ManyKeys.cs"] = "error texts",
        ["Hedge.Host/Commands/Keys/Expiry.cs"] = "error texts",
    };

    [Test]
    public void Nobody_asks_for_a_commands_name_who_could_ask_for_a_trait()
    {
        var uses = new Regex(@"\b[Ss]pec\s*(?:\.|:\s*\{)\s*Name\b|\bLowerName\s*(?:==|is\b)");
        var found = SourceFile.Shipped.Where(f => !f.Path.StartsWith("Hedge.Host/Commands/Introspection/",
                StringComparison.Ordinal))
            .SelectMany(f => uses.Matches(f.Code).Select(m => (f.Path, $"line {f.LineAt(m.Index)}")));
        Findings.Check(found, NameUsers, "what is special about a command is said by its declaration");
    }
}
