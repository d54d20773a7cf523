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
            string names = part["flags=".Length..];
            foreach (string name in names.Length == 0 ? [] : names.Split(','))
            {
                if (!ScriptFlagNames.TryFind(name, out ScriptFlags flag))
                    return "ERR Unexpected flag in script shebang: " + name;
                flags |= flag;
            }
        }

        return null;
    }

    /// <summary>Reads the first line of a library.</summary>
    /// <param name="text">The library.</param>
    /// <param name="name">Its name.</param>
    /// <param name="bodyStart">Where the program begins.</param>
    /// <returns>The error reply, or null.</returns>
    public static string? ReadLibrary(ReadOnlySpan<byte> text, out string name, out int bodyStart)
    {
        name = "";
        bodyStart = text.IndexOf((byte)'\n');
        if (!text.StartsWith("#!"u8)) return "ERR Missing library metadata";
        if (bodyStart < 0) return "ERR Invalid library metadata";
        string[] parts = Parts(text[2..bodyStart]);
        string engine = parts.Length == 0 ? "" : parts[0];
        string? given = null;
        for (int i = 1; i < parts.Length; i++)
        {
            if (!parts[i].StartsWith("name=", StringComparison.OrdinalIgnoreCase))
                return $"ERR Invalid metadata value given: {parts[i]}";
            if (given is not null)
                return "ERR Invalid metadata value, name argument was given multiple times";
            given = parts[i]["name=".Length..];
        }

        if (given is null) return "ERR Library name was not given";
        name = given;
        if (!FunctionLibrary.IsName(name)) return FunctionLibrary.BadName;
        return engine.Equals("lua", StringComparison.OrdinalIgnoreCase) ? null
            : $"ERR Engine '{engine}' not found";
    }

    private static string[] Parts(ReadOnlySpan<byte> line) => Encoding.Latin1.GetString(line)
        .Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
}
