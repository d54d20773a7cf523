using System.Globalization;
using System.Text;
using Hedge.Host.Tools;
using Hedge.Resp.Clients;

namespace Hedge.Tests.Tools;

/// <summary>All that a server holds, as text: for each key what can be asked of it, but for what only depends
/// on when it is asked.</summary>
internal sealed class ServerContents : IDisposable
{
    private readonly ToolConnection _connection;

    public ServerContents(int port) => _connection =
        ToolConnection.Open(ServerAddress.Parse($"127.0.0.1:{port}"), ToolTls.Usual);

    public void Dispose() => _connection.Dispose();

    public RespValue Call(params string[] words) => _connection.Call(words);

    /// <summary>Every key of every database with its contents.</summary>
    public SortedDictionary<string, string> All(int databases = 16)
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (int database = 0; database < databases; database++)
        {
            _connection.Require("SELECT", $"{database}");
            string cursor = "0";
            do
            {
                RespValue page = _connection.Require("SCAN", cursor, "COUNT", "1000");
                cursor = page[0].Text;
                foreach (RespValue key in page[1].Children)
                    all[$"{database} {Encoding.Latin1.GetString(key.Bytes.Span)}"] = Of(key.Bytes);
            }
            while (cursor != "0");
        }

        _connection.Require("SELECT", "0");
        return all;
    }

    private string Of(ReadOnlyMemory<byte> key)
    {
        string type = Ask("TYPE", key).Text;
        string shown = $"{type} {Show(Ask("PEXPIRETIME", key))} {type switch
        {
            "string" => Show(Ask("GET", key)),
            "list" => Show(Ask("LRANGE", key, "0", "-1")),
            "set" => Sorted(Ask("SMEMBERS", key), 1),
            "zset" => Scores(Ask("ZRANGE", key, "0", "-1", "WITHSCORES")),
            "hash" => Sorted(Ask("HGETALL", key), 2),
            _ => OfStream(key),
        }}";
        return $"{Ask("OBJECT ENCODING", key).Text} {shown}";
    }

    private string OfStream(ReadOnlyMemory<byte> key)
    {
        var text = new StringBuilder(Show(Ask("XRANGE", key, "-", "+")));
        RespValue stream = Ask("XINFO STREAM", key);
        for (int i = 0; i < stream.Children.Count; i += 2)
            if (!stream[i].Text.StartsWith("radix", StringComparison.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $" {stream[i].Text}={Show(stream[i + 1])}");
        foreach (RespValue group in Ask("XINFO GROUPS", key).Children)
        {
            text.Append('\n').Append(Show(group));
            ReadOnlyMemory<byte> name = group[1].Bytes;
            foreach (RespValue entry in Ask("XPENDING", key, name, "-", "+", "100000").Children)
                text.Append($" {entry[0].Text}/{Show(entry[1])}/{entry[3].Integer}");
            foreach (RespValue consumer in Ask("XINFO CONSUMERS", key, name).Children)
                text.Append($" {Show(consumer[1])}:{consumer[3].Integer}");
        }

        return text.ToString();
    }

    private RespValue Ask(string command, params object[] arguments)
    {
        string[] words = command.Split(' ');
        _connection.Begin(words.Length + arguments.Length);
        foreach (string word in words) _connection.Argument(Encoding.ASCII.GetBytes(word));
        foreach (object argument in arguments)
        {
            _connection.Argument(argument is ReadOnlyMemory<byte> bytes ? bytes.Span
                : Encoding.ASCII.GetBytes((string)argument));
        }

        _connection.Send();
        return _connection.Receive();
    }

    private static string Sorted(RespValue reply, int together) => string.Join(' ', reply.Children
        .Chunk(together).Select(part => string.Join('=', part.Select(Show))).Order(StringComparer.Ordinal));

    // Redis 7.0 writes scores with more digits than they need.
    private static string Scores(RespValue reply) => string.Join(' ', reply.Children.Select((part, i) =>
        i % 2 == 0 ? Show(part) : double.Parse(part.Text.Replace("inf", "Infinity", StringComparison.Ordinal),
            CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture)));

    private static string Show(RespValue value) => value.Kind switch
    {
        RespKind.Integer => $"{value.Integer}",
        RespKind.Array => $"[{string.Join(' ', value.Children.Select(Show))}]",
        _ when value.IsNull => "nil",
        _ => Encoding.Latin1.GetString(value.Bytes.Span),
    };
}
