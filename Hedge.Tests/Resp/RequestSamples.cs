using System.Text;

namespace Hedge.Tests.Resp;

/// <summary>
/// Requests, odd ones and broken ones: the seeds of the parser's tests. Latin-1: one char is one byte.
/// </summary>
internal static class RequestSamples
{
    /// <summary>Whole, well-formed requests.</summary>
    public static readonly string[] Good =
    [
        "*1\r\n$4\r\nPING\r\n",
        "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000000042\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$0\r\n\r\n",
        "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\0\r\n*\r\n",
        "*12\r\n" + string.Concat(Enumerable.Range(0, 12).Select(i => $"${i}\r\n{new string('x', i)}\r\n")),
        "*2\r\n$4\r\nECHO\r\n$100\r\n" + new string('a', 100) + "\r\n",
        "*2\r\n$4\r\nECHO\r\n$1200\r\n" + new string('b', 1200) + "\r\n",
        "*0\r\n", "*-1\r\n", "*-77\r\n", "\r\n", "\n", "   \r\n", " \r\v\f\t\r\n",
        "*1\rX$4\rYPINGzz",
        "PING\r\n", "PING\n", "  PING  hello \r\n",
        "SET key \"a \\x41\\n\\r\\t\\b\\a\\\\\\\"\" 'it\\'s \\n'\n",
        "ECHO \"\"\r\n", "ECHO ''\n", "ECHO a\"b c\"\r\n", "ECHO a'b'\r\n", "ECHO \"\\x4\"\n",
        "ECHO \"\\xzz\\q\"\n",
        "ECHO a\vb\r\n", "ECHO \vb\r\n", "ECHO a\rb\r\n", "ECHO \"a\"\vb\r\n", "ECHO \xff\xfe\r\n",
        "ECHO a\r\r\n",
        "ECHO \"\0\"\r\n".Replace("\0", "\\x00"), "$4\r\n", "+PING\r\n",
        "*2\r\n$4\r\nECHO\r\n$3\r\nlonger\r\n",
    ];

    /// <summary>What ends in a protocol error.</summary>
    public static readonly string[] Bad =
    [
        "*+1\r\n", "* 1\r\n", "*1 \r\n", "*01\r\n", "*-0\r\n", "*\r\n", "*-\r\n", "*--1\r\n", "*1\n\r\n",
        "*1a\r\n",
        "*2147483648\r\n", "*9223372036854775807\r\n", "*9223372036854775808\r\n",
        "*-9223372036854775809\r\n",
        "*99999999999999999999999999\r\n", "*1.0\r\n", "*0x1\r\n", "*1\n$4\nPING\n\r\n", "**1\r\n", "*$\r\n",
        "*1\r\n\r\n\r\n", "*1\r\n\n\r\n", "*1\r\nPING\r\n", "*1\r\n:1\r\n", "*1\r\n*1\r\n", "*1\r\n4\r\n",
        "*1\r\n$\r\n", "*1\r\n$-1\r\n", "*1\r\n$+4\r\nPING\r\n", "*1\r\n$ 4\r\nPING\r\n",
        "*1\r\n$04\r\nPING\r\n",
        "*1\r\n$4 \r\nPING\r\n", "*1\r\n$4\nPING\r\n", "*1\r\n$a\r\n", "*1\r\n$536870913\r\n",
        "*1\r\n$9999999999999999999\r\n", "*1\r\n$9223372036854775808\r\n", "*1\r\n$00\r\n", "*1\r\n$-0\r\n",
        "*2\r\n$4\r\nPING\r\n$\r\n", "*2\r\n$4\r\nECHO\r\nx\r\n",
        "\"PING\r\n", "'PING\r\n", "PING\"x\r\n", "PING \"a\"b\r\n", "PING 'a'b\r\n", "PING \"a\"\"b\"\r\n",
        "PING \"a\\\"\r\n", "PING 'a\\'\r\n", "PING \"\\\r\n", "PING 'a\"\r\n", "\"\r\n",
    ];

    /// <summary>What never becomes a request however long one waits, though it is not an error yet.</summary>
    public static readonly string[] Stuck =
    [
        "*\u00001\r\n", "*1\0\r\n", "*1\r\n\0\r\n", "*1\r\n$\u00004\r\nPING\r\n", "PI\0NG\r\n", "\0\r\n",
        "\"\0\"\r\n",
    ];

    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
