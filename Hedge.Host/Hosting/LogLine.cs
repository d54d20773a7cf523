using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hedge.Host.Settings;

namespace Hedge.Host.Hosting;

/// <summary>
/// A line of the server's log, in one of two forms:
/// <code>
/// text := pid ":M " "30 Nov 2026 16:03:44.123" ' ' ( '*' | '#' ) ' ' message
/// json := '{' "time" (ISO 8601, UTC) "level" "pid" "source" [ "core" ] "message" '}'
/// </code>
/// The source is the thread that says it: "core" and "job" with the core's number, else "host".
/// </summary>
internal static class LogLine
{
    private const string ThreadPrefix = "hedge-";

    // Nothing here gets into a page, so only what JSON demands is escaped.
    private static readonly JsonWriterOptions Options =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>As redis-server writes it.</summary>
    public static string Text(LogLevel level, string text, DateTimeOffset now)
    {
        char mark = level == LogLevel.Warning ? '#' : '*';
        string time = now.ToString("dd MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture);
        return $"{Environment.ProcessId}:M {time} {mark} {text}";
    }

    /// <summary>A JSON object, on one line whatever the text is.</summary>
    public static string Json(LogLevel level, string text, DateTimeOffset now, string? thread)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time",
                now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", SettingDeclarations.LogLevel.Format(level));
            json.WriteNumber("pid", Environment.ProcessId);
            Source(json, thread);
            json.WriteString("message", text);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(line.GetBuffer().AsSpan(0, (int)line.Length));
    }

    // The threads are named "hedge-core-0" and "hedge-job-0".
    private static void Source(Utf8JsonWriter json, string? thread)
    {
        string[] parts = thread != null && thread.StartsWith(ThreadPrefix, StringComparison.Ordinal)
            ? thread[ThreadPrefix.Length..].Split('-') : [];
        if (parts.Length == 2 && int.TryParse(parts[1], CultureInfo.InvariantCulture, out int core))
        {
            json.WriteString("source", parts[0]);
            json.WriteNumber("core", core);
        }
        else
        {
            json.WriteString("source", "host");
        }
    }
}
