using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>Values of Lua and replies of commands as the debugger shows them.</summary>
internal static class DebuggerText
{
    private const int DepthMax = 10;

    /// <summary>What the debugger's command <c>help</c> says.</summary>
    public static IReadOnlyList<string> Help { get; } =
    [
        "Redis Lua debugger help:",
        "[h]elp               Show this help.",
        "[s]tep               Run current line and stop again.",
        "[n]ext               Alias for step.",
        "[c]ontinue           Run till next breakpoint.",
        "[l]ist               List source code around current line.",
        "[l]ist [line]        List source code around [line].",
        "                     line = 0 means: current position.",
        "[l]ist [line] [ctx]  In this form [ctx] specifies how many lines",
        "                     to show before/after [line].",
        "[w]hole              List all source code. Alias for 'list 1 1000000'.",
        "[p]rint              Show all the local variables.",
        "[p]rint <var>        Show the value of the specified variable.",
        "                     Can also show global vars KEYS and ARGV.",
        "[b]reak              Show all breakpoints.",
        "[b]reak <line>       Add a breakpoint to the specified line.",
        "[b]reak -<line>      Remove breakpoint from the specified line.",
        "[b]reak 0            Remove all breakpoints.",
        "[t]race              Show a backtrace.",
        "[e]val <code>        Execute some Lua code (in a different callframe).",
        "[r]edis <cmd>        Execute a Redis command.",
        "[m]axlen [len]       Trim logged Redis replies and Lua var dumps to len.",
        "                     Specifying zero as <len> means unlimited.",
        "[a]bort              Stop the execution of the script. In sync",
        "                     mode dataset changes will be retained.",
        "",
        "Debugger functions you can call from Lua scripts:",
        "redis.debug()        Produce logs in the debugger console.",
        "redis.breakpoint()   Stop execution like if there was a breakpoint in the",
        "                     next line of code.",
    ];

    /// <summary>A value.</summary>
    public static string Of(in LuaValue value) => Append(new StringBuilder(), value, 0).ToString();

    /// <summary>A reply, in RESP2 or RESP3.</summary>
    public static string OfReply(ReadOnlySpan<byte> reply)
    {
        var text = new StringBuilder();
        int at = 0;
        AppendReply(text, reply, ref at);
        return text.ToString();
    }

    private static StringBuilder Append(StringBuilder text, in LuaValue value, int depth)
    {
        if (depth == DepthMax) return text.Append("<max recursion level reached! Nested table?>");
        if (value.AsString is { } bytes) return AppendQuoted(text, bytes.Span);
        if (value.IsNumber) return text.Append(General(value.Number));
        if (value.IsNil) return text.Append("nil");
        if (value.IsBoolean) return text.Append(value.IsFalsy ? "false" : "true");
        if (value.AsTable is { } table) return AppendTable(text, table, depth);
        string kind = value.Type switch
        {
            LuaType.Function => "function",
            LuaType.Thread => "thread",
            _ => value.TypeName,
        };
        int identity = System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(value.Ref);
        return text.Append(CultureInfo.InvariantCulture, $"\"{kind}@0x{identity:x}\"");
    }

    // As an array when its keys are 1, 2, 3 … and no others.
    private static StringBuilder AppendTable(StringBuilder text, LuaTable table, int depth)
    {
        int expected = 1;
        bool isArray = true;
        for (int at = table.NextUsed(0); at >= 0 && isArray; at = table.NextUsed(at + 1))
            isArray = table.KeyAt(at) is { IsNumber: true } key && key.Number == expected++;
        text.Append('{');
        int start = text.Length;
        for (int at = table.NextUsed(0); at >= 0; at = table.NextUsed(at + 1))
        {
            if (text.Length > start) text.Append("; ");
            if (!isArray) Append(text.Append('['), table.KeyAt(at), depth + 1).Append("]=");
            Append(text, table.ValueAt(at), depth + 1);
        }

        return text.Append('}');
    }

    private static string General(double number)
    {
        Span<byte> text = stackalloc byte[LuaNumber.TextMax];
        return Encoding.ASCII.GetString(text[..LuaNumber.FormatGeneral(number, 17, keepZeros: false, text)]);
    }

    private static StringBuilder AppendQuoted(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        text.Append('"');
        foreach (byte b in bytes)
        {
            _ = b switch
            {
                (byte)'\\' or (byte)'"' => text.Append('\\').Append((char)b),
                (byte)'\n' => text.Append("\\n"),
                (byte)'\r' => text.Append("\\r"),
                (byte)'\t' => text.Append("\\t"),
                7 => text.Append("\\a"),
                8 => text.Append("\\b"),
                >= 32 and < 127 => text.Append((char)b),
                _ => text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}"),
            };
        }

        return text.Append('"');
    }

    private static void AppendReply(StringBuilder text, ReadOnlySpan<byte> reply, ref int at)
    {
        int start = at;
        int end = at + reply[at..].IndexOf((byte)'\r');
        ReadOnlySpan<byte> line = reply[(at + 1)..end];
        at = end + 2;
        switch (reply[start])
        {
            case (byte)':' or (byte)'(':
                text.Append(Encoding.ASCII.GetString(line));
                break;
            case (byte)'+' or (byte)'-':
                AppendQuoted(text, reply[start..end]);
                break;
            case (byte)'_':
                text.Append("(null)");
                break;
            case (byte)'#':
                text.Append(line[0] == 't' ? "#true" : "#false");
                break;
            case (byte)',':
                text.Append("(double) ").Append(Encoding.ASCII.GetString(line));
                break;
            case (byte)'$' or (byte)'=':
                AppendBulk(text, reply, line, ref at);
                break;
            default:
                AppendMany(text, reply, reply[start], line, ref at);
                break;
        }
    }

    private static void AppendBulk(StringBuilder text, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> line,
        ref int at)
    {
        if (!Numbers.TryParseInt64(line, out long length) || length < 0)
        {
            text.Append("NULL");
            return;
        }

        AppendQuoted(text, reply.Slice(at, (int)length));
        at += (int)length + 2;
    }

    private static void AppendMany(StringBuilder text, ReadOnlySpan<byte> reply, byte kind,
        ReadOnlySpan<byte> line, ref int at)
    {
        if (!Numbers.TryParseInt64(line, out long count) || count < 0)
        {
            text.Append("NULL");
            return;
        }

        bool isMap = kind == '%';
        text.Append(isMap ? "{" : kind == '~' ? "~(" : "[");
        for (long i = 0; i < count; i++)
        {
            if (i > 0) text.Append(',');
            AppendReply(text, reply, ref at);
            if (!isMap) continue;
            text.Append(" => ");
            AppendReply(text, reply, ref at);
        }

        text.Append(isMap ? "}" : kind == '~' ? ")" : "]");
    }
}
