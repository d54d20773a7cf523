using System.Globalization;
using System.Text;

namespace Hedge.Tests.Commands;

/// <summary>Finds where a RESP2 or RESP3 reply ends, and shows replies as text.</summary>
public static class ReplyReader
{
    /// <summary>Length of the first reply in <paramref name="bytes"/>, or -1 when it is not
    /// complete.</summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n"u8);
        if (end < 0) return -1;
        int at = end + 2;
        char kind = (char)bytes[0];
        if ("+-:_#,(".Contains(kind, StringComparison.Ordinal)) return at;
        long n = long.Parse(bytes[1..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        if (kind is '$' or '=' or '!')
        {
            if (n < 0) return at;
            return bytes.Length >= at + n + 2 ? (int)(at + n + 2) : -1;
        }

        if (!"*%~>|".Contains(kind, StringComparison.Ordinal))
            throw new FormatException($"Not a reply: {kind}");
        if (kind is '%' or '|') n *= 2;
        if (kind == '|') n++;
        for (long i = 0; i < n; i++)
        {
            int length = LengthOf(bytes[at..]);
            if (length < 0) return -1;
            at += length;
        }

        return at;
    }

    /// <summary>The reply as printable text.</summary>
    public static string Show(byte[] reply)
    {
        var text = new StringBuilder();
        foreach (byte b in reply)
        {
            if (b is >= 0x20 and < 0x7F) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
        }

        return text.Replace("\\x0d\\x0a", "|").ToString();
    }
}
