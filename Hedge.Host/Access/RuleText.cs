using System.Text;
using System.Text.Unicode;

namespace Hedge.Host.Access;

/// <summary>Names and rules are any bytes, held as Latin-1; settings are text, in UTF-8 for
/// clients.</summary>
internal static class RuleText
{
    /// <summary>What clients send for a text.</summary>
    public static string FromSetting(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>The text for bytes; null for bytes that are no text.</summary>
    public static string? ToSetting(string rules)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(rules);
        return Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }

    /// <summary>True when there is a space or a NUL, which would end a word of an ACL file. Other bytes are
    /// parts of letters.</summary>
    public static bool HasSpace(string text) =>
        text.Any(static c => c is ' ' or '\0' or (>= '\t' and <= '\r'));

    /// <summary>In lower case, as in C: bytes beyond ASCII stay.</summary>
    public static string ToLower(string text) =>
        string.Create(text.Length, text, static (into, from) =>
        {
            for (int i = 0; i < into.Length; i++)
                into[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        });
}
