using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Hedge.Host.Settings;

/// <summary>
/// The configuration file: one JSON object, with comments. It is rewritten so that everything that need not
/// change stays as it is, byte by byte:
/// 1. a value in the file that means what the setting is now is left alone;
/// 2. one that does not is replaced in its place;
/// 3. settings that the file does not name and that differ from their defaults come behind the last one.
/// </summary>
internal static class ConfigFile
{
    private static readonly JsonSerializerOptions Plain =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private const int LinesLookedAt = 5000;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>What the file says, each value as one text.</summary>
    /// <exception cref="InvalidDataException">The file is no JSON object.</exception>
    public static List<(string Name, string Text)> Read(string path)
    {
        IConfigurationRoot root = new ConfigurationBuilder().AddJsonFile(path, optional: false).Build();
        return [.. root.GetChildren().Select(section => (section.Key, TextOf(section)))];
    }

    /// <summary>Why the file could not be read, with the place where it is no JSON.</summary>
    public static string Reason(Exception failure)
    {
        Exception reason = failure.InnerException ?? failure;
        return reason.InnerException is JsonException json
            ? $"it is no JSON: {json.Message}" : reason.Message;
    }

    /// <summary>True for a file whose first line that says something is a word and a value, as in
    /// redis.conf.</summary>
    public static bool IsLikeRedis(string path)
    {
        try
        {
            string? first = File.ReadLines(path).Take(LinesLookedAt)
                .FirstOrDefault(line => line.Trim() is { Length: > 0 } and not ['#', ..]);
            return first is not null && char.IsAsciiLetter(first.TrimStart()[0]);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file's new content.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What the settings are now.</param>
    public static byte[] Rewritten(string path, ServerSettings settings)
    {
        byte[] old = File.ReadAllBytes(path);
        int start = old.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        var layout = ConfigFileLayout.Of(old.AsSpan(start));
        Dictionary<string, string> texts =
            Read(path).ToDictionary(p => p.Name, p => p.Text, StringComparer.OrdinalIgnoreCase);
        var replaced = new List<(Range Where, string Text)>();
        var named = new HashSet<Setting>();
        foreach (ConfigFileEntry entry in layout.Entries)
        {
            if (SettingDeclarations.Find(entry.Name) is not { } setting) continue;
            named.Add(setting);
            string now = setting.Format(settings.Value(setting));
            object? written = setting.Parse(texts[entry.Name], setting.DefaultValue, out _);
            if (!setting.IsRewritten || (written != null && setting.Format(written) == now)) continue;
            replaced.Add((entry.Value, JsonOf(setting, settings, layout.Indent)));
        }

        string[] added = [.. SettingDeclarations.All
            .Where(s => s.IsRewritten && !named.Contains(s)
                && s.Format(settings.Value(s)) != s.DefaultText)
            .Select(s => $"{layout.Indent}{Quoted(s.Name)}: {JsonOf(s, settings, layout.Indent)}")];
        return [.. old[..start], .. layout.With(replaced, added)];
    }

    // The JSON provider gives true and false in C#'s spelling, and the elements of an array as children.
    private static string TextOf(IConfigurationSection section)
    {
        Setting? setting = SettingDeclarations.Find(section.Key);
        string text = section.Value ?? string.Join(setting?.Separator ?? ' ', section.GetChildren()
            .Select(c => setting?.TextOfElement(c.Key, c.Value ?? "") ?? c.Value));
        return text switch { "True" => "yes", "False" => "no", _ => text };
    }

    private static string JsonOf(Setting setting, ServerSettings settings, string indent)
    {
        object value = settings.Value(setting);
        string text = setting.Format(value);
        if (setting is IntegerSetting or MemorySetting) return text;
        if (setting.Separator != '\n') return Quoted(text);
        if (text.Length == 0) return "[]";
        string lines = string.Join(",\n",
            text.Split('\n').Select(line => $"{indent}{indent}{Quoted(line)}"));
        return $"[\n{lines}\n{indent}]";
    }

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);
}
