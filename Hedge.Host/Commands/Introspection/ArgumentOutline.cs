using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

/// <summary>Gives the nodes of an argument tree the names of <see cref="CommandSpec.Arguments"/>.</summary>
internal static class ArgumentOutline
{
    // For a block whose parts stand in its place, its token at the first of them.
    private const string Dissolved = "^";

    /// <summary>Takes one word for the node and one for each of its descendants, in pre-order.</summary>
    /// <exception cref="FormatException">There are fewer words than nodes.</exception>
    public static ArgumentNode Apply(ArgumentNode node, Queue<string> words)
    {
        if (!words.TryDequeue(out string? word)) throw new FormatException($"No name for '{node.Name}'");
        ReadOnlySpan<char> rest = word;
        string? deprecated = TakeAfter('!', ref rest);
        string? since = TakeAfter('@', ref rest);
        string? keySpec = TakeAfter('#', ref rest);
        string? type = TakeAfter(':', ref rest);
        string name = rest.ToString().Replace("\\s", " ", StringComparison.Ordinal)
            .Replace("\\:", ":", StringComparison.Ordinal);
        type ??= node.Type;
        int index = keySpec == "-" || (keySpec == null && type != "key") ? -1
            : keySpec == null ? 0
            : int.Parse(keySpec, System.Globalization.CultureInfo.InvariantCulture);
        return node with
        {
            Name = name,
            Type = type,
            KeySpecIndex = index,
            Since = since,
            DeprecatedSince = deprecated,
            Children = node.Children.SelectMany(child => ApplyOrDissolve(child, words)).ToList(),
        };
    }

    private static List<ArgumentNode> ApplyOrDissolve(ArgumentNode node, Queue<string> words)
    {
        if (!words.TryPeek(out string? word) || word != Dissolved) return [Apply(node, words)];
        words.Dequeue();
        List<ArgumentNode> parts = node.Children.Select(child => Apply(child, words)).ToList();
        parts[0] = parts[0] with { Token = node.Token };
        return parts;
    }

    private static string? TakeAfter(char mark, ref ReadOnlySpan<char> word)
    {
        int at = word.LastIndexOf(mark);
        if (at < 0 || (at > 0 && word[at - 1] == '\\')) return null;
        string value = word[(at + 1)..].ToString();
        word = word[..at];
        return value;
    }
}
