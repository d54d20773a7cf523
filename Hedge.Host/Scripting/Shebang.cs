using System.Text;

namespace Hedge.Host.Scripting;

/// <summary>The first line of a script, when it says what the script is: <c>#!lua flags=no-writes</c>, or of
/// a library: <c>#!lua name=mylib</c>.</summary>
internal static class Shebang
{
    /// <summary>Reads the first line of a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="flags">What it says.</param>
    /// <param name="bodyStart">Where the program begins: the line's end, so that lines keep their
    /// numbers.</param>
    /// <returns>The error reply, or null.</returns>
    public static string? ReadScript(ReadOnlySpan<byte> text, out ScriptFlags flags, out int bodyStart)
    {
        flags = ScriptFlags.Plain;
        bodyStart = 0;
        if (!text.StartsWith("#!"u8)) return null;
        flags = ScriptFlags.None;
        bodyStart = text.IndexOf((byte)'\n');
        if (bodyStart < 0) return "ERR Invalid script shebang";
        string[] parts = Parts(text[..bodyStart]);
        if (parts.Length == 0 || parts[0] != "#!lua")
            return "ERR Unexpected engine in script shebang: " + (parts.Length == 0 ? "" : parts[0]);
        foreach (string part in parts.AsSpan(1))
        {
            if (!part.StartsWith("flags=", StringComparison.Ordinal))
                return "ERR Unknown lua shebang option: " + part;
            foreach (string name in part["flags=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                if (!ScriptFlagNames.TryFind(name, out ScriptFlags flag))
                    return "ERR Unexpected flag in script shebang: " + name;
                flags |= flag;
            }
        }

        return null;
    }

    private static string[] Parts(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line)
        .Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
