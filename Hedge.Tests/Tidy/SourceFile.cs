using System.Text;
using Hedge.Tests.Settings;

namespace Hedge.Tests.Tidy;

/// <summary>A file of the repository as the tidiness tests see it: whole,
/// and with comments and literals blanked out.</summary>
internal sealed class SourceFile
{
    private static readonly string[] Projects = ["Hedge.Resp", "Hedge.Storage", "Hedge.Host", "Hedge.Tests"];
    private static readonly string[] Skipped = ["node_modules", "obj", "bin", "artifacts", ".git"];

    private string? _code;

    private SourceFile(string path)
    {
        Path = System.IO.Path.GetRelativePath(Repository.Root, path).Replace('\\', '/');
        Text = File.ReadAllText(path);
    }

    /// <summary>Path from the repository's root, with '/'.</summary>
    public string Path { get; }

    /// <summary>Everything in the file.</summary>
    public string Text { get; }

    /// <summary>The text with the insides of comments, strings and characters as spaces: same length,
    /// same lines.</summary>
    public string Code => _code ??= CodeOnly.Of(Text);

    /// <summary>All C# files.</summary>
    public static IReadOnlyList<SourceFile> CSharp { get; } = [.. Projects.SelectMany(p => Find(p, ".cs"))];

    /// <summary>C# files that ship: all but the tests.</summary>
    public static IEnumerable<SourceFile> Shipped =>
        CSharp.Where(f => !f.Path.StartsWith("Hedge.Tests/", StringComparison.Ordinal));

    /// <summary>Pages people read, scripts and project files.</summary>
    public static IReadOnlyList<SourceFile> Others { get; } =
        [.. Find("", ".md", ".sh", ".py", ".props", ".csproj", ".json", ".mjs", ".service", ".yml", ".html"),
            .. Find(".ci", "run")];

    /// <summary>The line number of an index into the text.</summary>
    public int LineAt(int index) => Text.AsSpan(0, index).Count('\n') + 1;

    /// <inheritdoc/>
    public override string ToString() => Path;

    private static IEnumerable<SourceFile> Find(string folder, params string[] endings)
    {
        string root = System.IO.Path.Combine(Repository.Root, folder);
        if (!Directory.Exists(root)) yield break;
        foreach (string path in Directory.EnumerateFileSystemEntries(root).Order(StringComparer.Ordinal))
        {
            string name = System.IO.Path.GetFileName(path);
            if (Directory.Exists(path))
            {
                if (Skipped.Contains(name)) continue;
                string inner = System.IO.Path.GetRelativePath(Repository.Root, path);
                foreach (SourceFile file in Find(inner, endings)) yield return file;
            }
            else if (endings.Any(e => name.EndsWith(e, StringComparison.Ordinal)))
            {
                yield return new SourceFile(path);
            }
        }
    }
}

/// <summary>Blanks comments and literals of C# source.
/// Interpolated strings count as literals with all they hold.</summary>
internal static class CodeOnly
{
    /// <summary>The code alone, at its old place.</summary>
    public static string Of(string text)
    {
        var code = new StringBuilder(text);
        int i = 0;
        while (i < text.Length)
        {
            int end = LiteralEnd(text, i);
            for (int at = i; at < end; at++)
            {
                if (code[at] != '\n') code[at] = ' ';
            }

            i = Math.Max(end, i + 1);
        }

        return code.ToString();
    }

    // Index behind the comment or literal that starts at i, or i when none does.
    private static int LiteralEnd(string text, int i)
    {
        ReadOnlySpan<char> rest = text.AsSpan(i);
        if (rest.StartsWith("//")) return Behind(text, "\n", i) - 1;
        if (rest.StartsWith("/*")) return Behind(text, "*/", i + 2);
        if (rest[0] == '\'') return rest.Length > 1 && rest[1] == '\\' ? Behind(text, "'", i + 3) : i + 3;
        int prefix = rest.IndexOfAnyExcept('$', '@');
        if (prefix < 0 || rest[prefix] != '"') return i;
        int quotes = rest[prefix..].IndexOfAnyExcept('"');
        if (quotes >= 3) return Behind(text, new string('"', quotes), i + prefix + quotes);
        bool verbatim = rest[..prefix].Contains('@');
        for (int at = i + prefix + 1; at < text.Length; at++)
        {
            if (text[at] == '\\' && !verbatim) at++;
            else if (text[at] == '"' && verbatim && at + 1 < text.Length && text[at + 1] == '"') at++;
            else if (text[at] == '"') return at + 1;
        }

        return text.Length;
    }

    private static int Behind(string text, string mark, int from)
    {
        int at = from <= text.Length ? text.IndexOf(mark, from, StringComparison.Ordinal) : -1;
        return at < 0 ? text.Length : at + mark.Length;
    }
}
