using System.Text;
using System.Text.Json;

namespace Hedge.Host.Settings;

/// <summary>A setting in the configuration file.</summary>
/// <param name="Name">Its name, as it is written.</param>
/// <param name="Value">Where its value stands, in bytes.</param>
internal sealed record ConfigFileEntry(string Name, Range Value);

/// <summary>Where things stand in a configuration file.</summary>
internal sealed class ConfigFileLayout
{
    private static readonly JsonReaderOptions Lenient =
        new() { CommentHandling = JsonCommentHandling.Allow, AllowTrailingCommas = true };

    private readonly byte[] _text;
    private readonly List<ConfigFileEntry> _entries = [];
    private int _close;

    private ConfigFileLayout(byte[] text) => _text = text;

    /// <summary>The settings, in the file's order.</summary>
    public IReadOnlyList<ConfigFileEntry> Entries => _entries;

    /// <summary>What stands in front of a setting that begins a line.</summary>
    public string Indent { get; private set; } = "  ";

    /// <summary>Finds the settings.</summary>
    /// <exception cref="JsonException">The text is no JSON object.</exception>
    public static ConfigFileLayout Of(ReadOnlySpan<byte> text)
    {
        var layout = new ConfigFileLayout(text.ToArray());
        var reader = new Utf8JsonReader(text, Lenient);
        while (reader.Read() && reader.TokenType == JsonTokenType.Comment)
        {
            // A file may begin with comments.
        }

        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("the file holds no object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            if (layout._entries.Count == 0) layout.LearnIndent((int)reader.TokenStartIndex);
            string name = reader.GetString()!;
            while (reader.Read() && reader.TokenType == JsonTokenType.Comment)
            {
                // Between name and value.
            }

            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            layout._entries.Add(new ConfigFileEntry(name, start..(int)reader.BytesConsumed));
        }

        layout._close = (int)reader.TokenStartIndex;
        return layout;
    }

    /// <summary>The text with other values, and with lines behind the last setting.</summary>
    public byte[] With(IEnumerable<(Range Where, string Text)> replaced, IReadOnlyList<string> added)
    {
        var edits = replaced.ToList();
        if (added.Count > 0)
        {
            if (_entries.Count > 0 && !HasCommaAfter(_entries[^1].Value.End.Value))
                edits.Add((_entries[^1].Value.End.._entries[^1].Value.End, ","));
            int end = _close;
            while (_text[end - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n') end--;
            bool isOnOwnLine = _text.AsSpan(end.._close).Contains((byte)'\n');
            edits.Add((end..end, "\n" + string.Join(",\n", added) + (isOnOwnLine ? "" : "\n")));
        }

        var text = new List<byte>(_text.Length);
        int done = 0;
        // A value and the comma right behind it are edits in this order.
        foreach ((Range where, string edit) in edits.OrderBy(e => e.Where.Start.Value))
        {
            text.AddRange(_text.AsSpan(done..where.Start.Value));
            text.AddRange(Encoding.UTF8.GetBytes(edit));
            done = where.End.Value;
        }

        text.AddRange(_text.AsSpan(done));
        return [.. text];
    }

    private void LearnIndent(int name)
    {
        int start = name;
        while (start > 0 && _text[start - 1] is (byte)' ' or (byte)'\t') start--;
        if (start > 0 && _text[start - 1] == '\n' && start < name)
            Indent = Encoding.UTF8.GetString(_text.AsSpan(start..name));
    }

    // Between a value and the next token there are spaces, comments and at most one comma.
    private bool HasCommaAfter(int at)
    {
        while (at < _close && _text[at] != ',')
        {
            ReadOnlySpan<byte> rest = _text.AsSpan(at.._close);
            if (rest.StartsWith("//"u8)) at += LengthUpTo(rest, "\n"u8);
            else if (rest.StartsWith("/*"u8)) at += LengthUpTo(rest, "*/"u8);
            else at++;
        }

        return at < _close;
    }

    private static int LengthUpTo(ReadOnlySpan<byte> text, ReadOnlySpan<byte> end)
    {
        int found = text.IndexOf(end);
        return found < 0 ? text.Length : found + end.Length;
    }
}
