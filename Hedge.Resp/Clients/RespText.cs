using System.Globalization;
using System.Text;

namespace Hedge.Resp.Clients;

/// <summary>Shows replies as redis-cli shows them on a terminal.</summary>
internal static class RespText
{
    public static string Of(RespValue value)
    {
        StringBuilder text = new();
        Append(text, value, "");
        return text.ToString();
    }

    private static void Append(StringBuilder text, RespValue value, string indent)
    {
        switch (value.Kind)
        {
            case RespKind.Error or RespKind.BulkError: text.Append("(error) ").Append(value.Text); break;
            case RespKind.Integer: AppendInteger(text, value.Integer); break;
            case RespKind.Double: text.Append("(double) ").Append(value.Text); break;
            case RespKind.BigNumber: text.Append("(big number) ").Append(value.Text); break;
            case RespKind.Boolean: text.Append(value.Integer != 0 ? "(true)" : "(false)"); break;
            case RespKind.Null or RespKind.NullBulk or RespKind.NullArray: text.Append("(nil)"); break;
            case RespKind.Bulk: AppendQuoted(text, value.Bytes.Span); break;
            case RespKind.SimpleString or RespKind.Verbatim: text.Append(value.Text); break;
            default: AppendChildren(text, value, indent); break;
        }
    }

    private static void AppendInteger(StringBuilder text, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"(integer) {value}");

    private static void AppendChildren(StringBuilder text, RespValue value, string indent)
    {
        (string name, char mark, int step) = value.Kind switch
        {
            RespKind.Map => ("hash", '#', 2),
            RespKind.Set => ("set", '~', 1),
            RespKind.Push => ("push", ')', 1),
            _ => ("array", ')', 1),
        };
        if (value.Children.Count == 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"(empty {name})");
            return;
        }

        int count = value.Children.Count / step;
        int width = RespInteger.CountDigits((ulong)count);
        string inner = indent + new string(' ', width + 2);
        for (int item = 0; item < count; item++)
        {
            if (item > 0) text.Append('\n').Append(indent);
            string number = (item + 1).ToString(CultureInfo.InvariantCulture).PadLeft(width);
            text.Append(number).Append(mark).Append(' ');
            Append(text, value.Children[item * step], inner);
            if (step == 1) continue;
            text.Append(" => ");
            Append(text, value.Children[item * step + 1], inner);
        }
    }

    private static void AppendQuoted(StringBuilder text, ReadOnlySpan<byte> bytes)
    {
        text.Append('"');
        foreach (byte value in bytes)
        {
            switch (value)
            {
                case (byte)'\\' or (byte)'"': text.Append('\\').Append((char)value); break;
                case (byte)'\n': text.Append("\\n"); break;
                case (byte)'\r': text.Append("\\r"); break;
                case (byte)'\t': text.Append("\\t"); break;
                case (byte)'\a': text.Append("\\a"); break;
                case (byte)'\b': text.Append("\\b"); break;
                case >= 32 and < 127: text.Append((char)value); break;
                default: text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}"); break;
            }
        }

        text.Append('"');
    }
}
