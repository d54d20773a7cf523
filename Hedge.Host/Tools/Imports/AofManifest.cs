using System.Text;
using Hedge.Resp;

namespace Hedge.Host.Tools.Imports;

/// <summary>
/// The files of an append-only directory of Redis 7, in the order in which they are to be replayed.
/// <code>
/// manifest := ( "file" name "seq" number "type" ("b" | "i" | "h") LF )*     base, increments, history
/// </code>
/// A name with blanks or special characters is in quotes.
/// </summary>
internal static class AofManifest
{
    private const string Suffix = ".manifest";

    /// <summary>The files that an append-only directory, a manifest or a file of an older Redis
    /// names.</summary>
    /// <exception cref="ToolException">It cannot be understood.</exception>
    public static IReadOnlyList<string> Files(string path)
    {
        if (!Directory.Exists(path))
            return path.EndsWith(Suffix, StringComparison.Ordinal) ? Read(path) : [path];
        string[] manifests = Directory.GetFiles(path, "*" + Suffix);
        return manifests switch
        {
            [string manifest] => Read(manifest),
            [] => throw new ToolException($"{path}: there is no manifest (*{Suffix}) of an append-only file"),
            _ => throw new ToolException($"{path}: there is more than one manifest; name one"),
        };
    }

    private static List<string> Read(string manifest)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(manifest))!;
        var files = new List<(int Rank, long Number, string Path)>();
        int number = 0;
        foreach (string line in File.ReadLines(manifest))
        {
            number++;
            if (line.Length == 0 || line[0] == '#') continue;
            if (Fields(line) is not { } fields || !fields.TryGetValue("file", out string? name)
                || !fields.TryGetValue("seq", out string? text) || !long.TryParse(text, out long sequence)
                || !fields.TryGetValue("type", out string? type) || type is not ("b" or "i" or "h")
                || name.Contains('/', StringComparison.Ordinal))
                throw new ToolException($"{manifest}, line {number}: it names no file beside it");
            if (type != "h") files.Add((type == "b" ? 0 : 1, sequence, Path.Combine(folder, name)));
        }

        return files.Count > 0 ? [.. files.Order().Select(file => file.Path)]
            : throw new ToolException($"{manifest}: it names no files");
    }

    // Pairs of words, which are split as those of an inline request.
    private static Dictionary<string, string>? Fields(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\n");
        var words = new RequestArguments();
        ParseStatus status = new RequestParser(new ParserLimits()).Parse(bytes, words, out _);
        if (status != ParseStatus.Complete || words.Count % 2 != 0) return null;
        var fields = new Dictionary<string, string>();
        for (int i = 0; i < words.Count; i += 2) fields[Word(i)] = Word(i + 1);
        return fields;

        string Word(int index) => Encoding.UTF8.GetString(words.Get(index, bytes));
    }
}
