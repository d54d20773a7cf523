using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;

namespace Hedge.Tests.Exports;

/// <summary>All that clients can see of a database's keys: type, encoding, expiry, content, times of
/// fields.</summary>
internal static class KeyContents
{
    /// <summary>Reads them; the text says everything.</summary>
    public static async Task<SortedDictionary<string, string>> ReadAsync(TestConnection client)
    {
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        foreach (RespValue key in (await client.CallAsync("KEYS", "*")).Children)
            contents.Add(key.Text, await OfAsync(client, key.Text));
        return contents;
    }

    /// <summary>One key.</summary>
    public static async Task<string> OfAsync(TestConnection client, string key)
    {
        string type = (await client.CallAsync("TYPE", key)).Text;
        RespValue encoding = await client.CallAsync("OBJECT", "ENCODING", key);
        RespValue expiry = await client.CallAsync("PEXPIRETIME", key);
        string content = type switch
        {
            "string" => (await client.CallAsync("GET", key)).ToString(),
            "list" => (await client.CallAsync("LRANGE", key, "0", "-1")).ToString(),
            "set" => await SetAsync(client, key),
            "zset" => await SortedSetAsync(client, key),
            "hash" => await HashAsync(client, key),
            "stream" => await StreamAsync(client, key),
            _ => "",
        };
        return $"{type} {encoding.Text} {expiry.Integer} {content}";
    }

    private static async Task<string> SetAsync(TestConnection client, string key)
    {
        string[] members = Texts(await client.CallAsync("SMEMBERS", key));
        RespValue found = await client.CallAsync(["SMISMEMBER", key, .. members]);
        return string.Join(' ', Pairs(members, found).Order(StringComparer.Ordinal));
    }

    private static async Task<string> SortedSetAsync(TestConnection client, string key)
    {
        RespValue all = await client.CallAsync("ZRANGE", key, "0", "-1", "WITHSCORES");
        string[] members = [.. Texts(all).Where((_, i) => i % 2 == 0)];
        return $"{all} {await client.CallAsync(["ZMSCORE", key, .. members])}";
    }

    private static async Task<string> HashAsync(TestConnection client, string key)
    {
        RespValue all = await client.CallAsync("HGETALL", key);
        string[] fields = [.. Texts(all).Where((_, i) => i % 2 == 0)];
        RespValue values = await client.CallAsync(["HMGET", key, .. fields]);
        string count = fields.Length.ToString(CultureInfo.InvariantCulture);
        RespValue times = await client.CallAsync(["HPEXPIRETIME", key, "FIELDS", count, .. fields]);
        IEnumerable<string> pairs =
            Pairs(fields, values).Zip(times.Children, (pair, time) => $"{pair}@{time}");
        return $"{await client.CallAsync("HLEN", key)} "
            + string.Join(' ', pairs.Order(StringComparer.Ordinal));
    }

    private static async Task<string> StreamAsync(TestConnection client, string key) =>
        $"{await client.CallAsync("XINFO", "STREAM", key, "FULL", "COUNT", "0")} "
        + $"{await client.CallAsync("XRANGE", key, "-", "+")}";

    private static string[] Texts(RespValue array) => [.. array.Children.Select(each => each.Text)];

    private static IEnumerable<string> Pairs(string[] names, RespValue values) =>
        names.Zip(values.Children, (name, value) => $"{name}={value}");
}
