using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hedge.Tests.Tidy;

/// <summary>
/// Between the folders, as between the projects, uses point one way: <see cref="Rooms.InReadingOrder"/>.
/// A use is a <c>using</c> directive, a qualified name, or the name of a type of an enclosing namespace,
/// which C# finds without either.
/// </summary>
[TestFixture]
[Category("fast")]
public sealed class RoomTests
{
    // The kinds of declarations whose names other files can use.
    private static readonly Regex TypeDeclaration = new(
        @"^(?:public|internal)\s[^\n;={(]*?\b"
        + @"(?:record(?:\s+(?:struct|class))?|class|struct|interface|enum|delegate \S+)\s+(\w+)",
        RegexOptions.Multiline);

    private static readonly Regex NamespaceOf = new(@"^namespace ([\w.]+);", RegexOptions.Multiline);

    private static readonly Regex Directive =
        new(@"^(?:global )?using (?:static )?(?:\w+ = )?([\w.]+)\s*;", RegexOptions.Multiline);

    private static readonly Regex Word = new(@"\b[A-Z]\w*\b");

    private static readonly SourceFile[] Files = [.. SourceFile.Shipped];

    private static readonly string[] Folders = [.. Files.Select(Room).Distinct()];

    // Namespace → names of the types that are declared there.
    private static readonly Dictionary<string, HashSet<string>> Types = Files
        .SelectMany(f => TypeDeclaration.Matches(f.Code).Select(m => (Room(f), m.Groups[1].Value)))
        .GroupBy(t => Namespace(t.Item1)).ToDictionary(g => g.Key, g => g.Select(t => t.Value).ToHashSet());

    private static readonly Dictionary<string, string> FolderOf = Folders.ToDictionary(Namespace);

    [Test]
    public void Every_folder_stands_in_the_list_once() =>
        Assert.That(Rooms.InReadingOrder, Is.EquivalentTo(Folders));

    [Test]
    public void A_namespace_is_its_folder()
    {
        IEnumerable<string> wrong = Files.Where(f => f.Path != "Hedge.Host/Program.cs")
            .Where(f => NamespaceOf.Match(f.Code).Groups[1].Value != Namespace(Room(f)))
            .Select(f => f.Path);
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void A_folder_uses_only_folders_that_stand_before_it()
    {
        ILookup<string, string> backward = Files
            .SelectMany(f => UsedBy(f).Select(used => (File: f, Used: used)))
            .Where(u => Place(u.Used) > Place(Room(u.File)))
            .ToLookup(u => $"{Room(u.File)} -> {u.Used}", u => Path.GetFileName(u.File.Path));
        IEnumerable<string> findings = backward.Select(b => $"\"{b.Key}\", in {string.Join(", ", b)}");
        Assert.That(findings, Is.Empty);
    }

    [TestCase("using Hedge.Storage.Runs;", "Hedge.Storage/Runs")]
    [TestCase("using static Hedge.Storage.Runs.RunFormat;", "Hedge.Storage/Runs")]
    [TestCase("using Page = Hedge.Storage.Runs.RunFormat;", "Hedge.Storage/Runs")]
    [TestCase("namespace Hedge.Storage.Io;\nint a = Hedge.Storage.Runs.RunFormat.A;", "Hedge.Storage/Runs")]
    [TestCase("namespace Hedge.Storage.Io;\nint a = Runs.RunFormat.A;", "Hedge.Storage/Runs")]
    [TestCase("namespace Hedge.Storage.Io.Uring;\nICoreIo io;", "Hedge.Storage/Io")]
    [TestCase("namespace Hedge.Storage.Io.Uring;\nint count = Runs.Count;", "")]
    public void Finds_uses_of_every_form(string code, string used) =>
        Assert.That(string.Join(' ', Uses(code)), Is.EqualTo(used));

    private static IEnumerable<string> UsedBy(SourceFile file) =>
        Uses(file.Code).Where(used => used != Room(file));

    private static IEnumerable<string> Uses(string code)
    {
        string own = NamespaceOf.Match(code).Groups[1].Value;
        HashSet<string> words = [.. Word.Matches(code).Select(m => m.Value)];
        return Types.Keys.Where(name => name != own && UsesNamespace(code, words, own, name))
            .Select(name => FolderOf[name]);
    }

    private static bool UsesNamespace(string code, HashSet<string> words, string own, string used)
    {
        // A directive, whole: not that of a namespace inside it.
        if (Directive.Matches(code).Any(m => Names(m.Groups[1].Value, used))) return true;
        // An enclosing namespace's types need neither a directive nor a qualified name.
        if (own.StartsWith($"{used}.", StringComparison.Ordinal)) return words.Overlaps(Types[used]);
        // Qualified, fully or from one of the enclosing namespaces on.
        string body = Directive.Replace(code, "");
        for (string inside = own; inside.Length > 0; inside = Parent(inside))
        {
            if (!used.StartsWith($"{inside}.", StringComparison.Ordinal)) continue;
            if (HasQualified(body, used[(inside.Length + 1)..], used)) return true;
        }

        return HasQualified(body, used, used);
    }

    // Whether a directive's name is the namespace, or a type of it.
    private static bool Names(string name, string used) =>
        name == used || (Parent(name) == used && Types[used].Contains(name[(used.Length + 1)..]));

    private static bool HasQualified(string code, string prefix, string used) =>
        Regex.Matches(code, $@"(?<![\w.]){Regex.Escape(prefix)}\.(\w+)")
            .Any(m => Types[used].Contains(m.Groups[1].Value));

    private static string Parent(string name) =>
        name.Contains('.', StringComparison.Ordinal) ? name[..name.LastIndexOf('.')] : "";

    private static string Room(SourceFile file) => file.Path[..file.Path.LastIndexOf('/')];

    private static string Namespace(string folder) => folder.Replace('/', '.');

    private static int Place(string folder) => Array.IndexOf(Rooms.InReadingOrder, folder);
}
