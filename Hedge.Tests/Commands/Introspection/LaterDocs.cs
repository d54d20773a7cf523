using System.Globalization;
using System.Text;

namespace Hedge.Tests.Commands.Introspection;

/// <summary>Takes what came after Redis 7.0 out of a reply of COMMAND DOCS: arguments and lines of the
/// history with a later version.</summary>
internal static class LaterDocs
{
    private const string Argument = "an argument";
    private const string Change = "a change";

    private static readonly Version Oracle = new(7, 1);

    /// <summary>The reply without it.</summary>
    public static byte[] Without(byte[] reply)
    {
        int at = 0;
        var text = new StringBuilder();
        Copy(Encoding.Latin1.GetString(reply), ref at, text, "");
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    // Copies one value; false when it is too new. Its role is the key that it stands behind, or what it is in
    // a list.
    private static bool Copy(string reply, ref int at, StringBuilder text, string role)
    {
        int end = reply.IndexOf("\r\n", at, StringComparison.Ordinal) + 2;
        char kind = reply[at];
        if (kind == '$') end += Number(reply, at) < 0 ? 0 : Number(reply, at) + 2;
        if (!"*%~".Contains(kind, StringComparison.Ordinal))
        {
            text.Append(reply, at, end - at);
            at = end;
            return true;
        }

        int count = Number(reply, at) * (kind == '%' ? 2 : 1);
        at = end;
        var inside = new StringBuilder();
        string key = "";
        int kept = 0;
        bool isLater = false;
        for (int i = 0; i < count; i++)
        {
            int start = inside.Length;
            string part = role switch
            {
                "arguments" => Argument,
                "history" => Change,
                _ => i % 2 == 1 ? key : "",
            };
            if (Copy(reply, ref at, inside, part)) kept++;
            else inside.Length = start;
            string value = Text(inside.ToString(start, inside.Length - start));
            bool isVersion = role == Argument ? i % 2 == 1 && key == "since" : role == Change && i == 0;
            isLater |= isVersion && Version.Parse(value) > Oracle;
            key = value;
        }

        text.Append(kind).Append(kind == '%' ? kept / 2 : kept).Append("\r\n").Append(inside);
        return !isLater;
    }

    private static int Number(string reply, int at) => int.Parse(
        reply.AsSpan(at + 1, reply.IndexOf('\r', at) - at - 1), CultureInfo.InvariantCulture);

    private static string Text(string value)
    {
        string[] lines = value.Split("\r\n");
        return lines is [['$', ..], ..] ? lines[1] : "";
    }
}
