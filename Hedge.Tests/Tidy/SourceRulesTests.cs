using System.Text.RegularExpressions;
using System.Xml.Linq;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Tidy;

/// <summary>Rules about source text. Each has a list of reviewed exceptions, which may only shrink.</summary>
[TestFixture]
[Category("fast")]
public sealed class SourceRulesTests
{
    private const int LinesMax = 420;
    private const int ColumnsMax = 110;

    private static readonly (string Name, Regex Pattern)[] BannedApis =
    [
        ("DateTime.UtcNow or Now", new Regex(@"\bDateTime(Offset)?\s*\.\s*(UtcNow|Now|Today)\b")),
        ("Stopwatch", new Regex(@"\bStopwatch\b")),
        ("Environment.TickCount", new Regex(@"\bEnvironment\s*\.\s*TickCount(64)?\b")),
        ("Random", new Regex(@"\bRandom\s*\.\s*Shared\b|\bnew\s+Random\b|\bRandomNumberGenerator\b")),
        ("Guid.NewGuid", new Regex(@"\bGuid\s*\.\s*NewGuid\b")),
        ("Task.Run", new Regex(@"\bTask\s*\.\s*Run\b|\bTask\s*\.\s*Factory\b|\bThreadPool\b")),
        ("lock", new Regex(@"\block\s*\(|\bMonitor\s*\.|\bSemaphoreSlim\b|\bnew\s+Lock\b|\bMutex\b")),
        ("Thread.Sleep", new Regex(@"\bThread\s*\.\s*(Sleep|SpinWait)\b|\bTask\s*\.\s*Delay\b")),
        ("ConfigureAwait", new Regex(@"\bConfigureAwait\b")),
    ];

    [Test]
    public void Time_chance_threads_and_locks_come_through_seams()
    {
        string[] folders =
        [
            "Hedge.Storage/", "Hedge.Host/Declarations/", "Hedge.Host/Clients/", "Hedge.Host/Slots/",
            "Hedge.Host/Mailboxes/", "Hedge.Host/Commands/", "Hedge.Host/Connections/",
            "Hedge.Host/Subscribers/", "Hedge.Host/Keyspaces/", "Hedge.Host/Leases/",
            "Hedge.Host/Executions/", "Hedge.Host/Requests/", "Hedge.Host/Cores/", "Hedge.Host/Lua/",
        ];
        var found = from file in SourceFile.Shipped
                    where folders.Any(f => file.Path.StartsWith(f, StringComparison.Ordinal))
                    from api in BannedApis
                    from Match match in api.Pattern.Matches(file.Code)
                    select (file.Path, $"{api.Name} in line {file.LineAt(match.Index)}");
        Findings.Check(found, ReviewedExceptions.BannedApis, "banned in the engine, commands and cores");
    }

    [Test]
    public void Unsafe_code_stands_in_reviewed_files_and_says_why_it_is_safe()
    {
        SourceFile[] files = [.. SourceFile.Shipped.Where(f => Regex.IsMatch(f.Code, @"\bunsafe\b"))];
        Findings.Check(files.Select(f => (f.Path, "unsafe")), ReviewedExceptions.Unsafe, "unsafe code");
        var silent = files.Where(f => !f.Text.Contains("// SAFETY:", StringComparison.Ordinal))
            .Select(f => (f.Path, "no // SAFETY: line"));
        Findings.Check(silent, new Dictionary<string, string>(), "unsafe code says why it is safe");
    }

    [Test]
    public void Files_are_short()
    {
        var found = SourceFile.CSharp.Select(f => (f.Path, Lines: f.LineAt(f.Text.Length) - 1))
            .Where(f => f.Lines > LinesMax).Select(f => (f.Path, $"{f.Lines} lines"));
        Findings.Check(found, new Dictionary<string, string>(), $"at most {LinesMax} lines");
    }

    [Test]
    public void Lines_fit_the_width()
    {
        var found = from file in SourceFile.CSharp
                    let lines = file.Text.Split('\n')
                    from i in Enumerable.Range(0, lines.Length)
                    where lines[i].TrimEnd('\r').Length > ColumnsMax
                    select (file.Path, $"line {i + 1} has {lines[i].Length} columns");
        Findings.Check(found, new Dictionary<string, string>(), $"at most {ColumnsMax} columns");
    }

    [Test]
    public void Types_are_in_one_piece()
    {
        // Source-generated P/Invoke needs a partial type.
        var found = SourceFile.CSharp
            .Where(f => Regex.IsMatch(f.Code, @"\bpartial\s+(class|struct|record|interface|ref)\b"))
            .Where(f => !f.Code.Contains("LibraryImport", StringComparison.Ordinal))
            .Select(f => (f.Path, "partial type"));
        Findings.Check(found, new Dictionary<string, string>(), "no partial types");
    }

    [Test]
    public void Nothing_is_left_for_later()
    {
        // Spelled in two halves, so that this file does not find itself.
        string words = string.Join(
            '|', "TO" + "DO", "FIX" + "ME", "HA" + "CK", "X" + "XX", "NotImplemented" + "Exception");
        var found = from file in SourceFile.CSharp.Concat(SourceFile.Others)
                    from Match match in Regex.Matches(file.Text, $@"\b({words})\b")
                    select (file.Path, $"{match.Value} in line {file.LineAt(match.Index)}");
        Findings.Check(found, new Dictionary<string, string>(), "no leftovers");
    }

    [Test]
    public void No_file_names_a_machine_or_a_registry()
    {
        string hosts = string.Join('|', "registry\\.npm" + "js", "nuget\\.o" + "rg", "crates\\.i" + "o");
        string folders = $"(?<![\\w.])/({"ho" + "me"}|{"ro" + "ot"}|{"wo" + "rk"})/";
        var found = from file in SourceFile.CSharp.Concat(SourceFile.Others)
                    from Match match in Regex.Matches(file.Text, $"{hosts}|{folders}")
                    select (file.Path, $"{match.Value} in line {file.LineAt(match.Index)}");
        Findings.Check(found, new Dictionary<string, string>(), "no machine's paths, no registry's name");
    }

    [Test]
    public void Pages_speak_of_the_project_alone()
    {
        string words =
            string.Join('|', "the brief", "coding agent", "language model", "chat" + "bot", "prompt",
            "lorem ipsum", "to be written", "coming soon");
        var found = from file in SourceFile.Others
                    where file.Path.EndsWith(".md", StringComparison.Ordinal)
                    from Match match in Regex.Matches(file.Text, $@"\b({words})\b", RegexOptions.IgnoreCase)
                    select (file.Path, $"{match.Value} in line {file.LineAt(match.Index)}");
        Findings.Check(found, new Dictionary<string, string>(), "pages speak of the project alone");
    }

    [TestCase("TreatWarningsAsErrors")]
    [TestCase("GenerateDocumentationFile")]
    [TestCase("EnforceCodeStyleInBuild")]
    [TestCase("RestorePackagesWithLockFile")]
    [TestCase("Deterministic")]
    public void The_build_enforces(string property)
    {
        XDocument props = XDocument.Load(Path.Combine(Repository.Root, "Directory.Build.props"));
        Assert.That(props.Descendants(property).Select(e => e.Value), Is.EqualTo((string[])["true"]));
        foreach (SourceFile project in SourceFile.Others.Where(IsShippedProject))
            Assert.That(project.Text, Does.Not.Contain("NoWarn>"), $"{project} silences warnings");
    }

    private static bool IsShippedProject(SourceFile file) =>
        file.Path.EndsWith(".csproj", StringComparison.Ordinal)
        && file.Path.StartsWith("Hedge.", StringComparison.Ordinal)
        && !file.Path.StartsWith("Hedge.Tests/", StringComparison.Ordinal);
}
