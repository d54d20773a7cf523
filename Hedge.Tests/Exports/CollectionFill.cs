using System.Globalization;
using Hedge.Resp.Clients;
using Hedge.Tests.Resp;
using NUnit.Framework;

namespace Hedge.Tests.Exports;

/// <summary>Fills a database with collections of all types and sizes, from a seed.</summary>
internal sealed class CollectionFill(TestConnection client, int seed)
{
    private const string FarAway = "4000000000000";

    private readonly Random _random = new(seed);

    /// <summary>Makes keys of each type.</summary>
    public async Task FillAsync()
    {
        int[] sizes = [1, 3, 20, 130, 500];
        foreach (int size in sizes)
        {
            await Many(size, "RPUSH", $"list{size}", i => [Text(i)]);
            await Many(size, "SADD", $"set{size}", i => [$"member{i}{Text(i)}"]);
            await Many(size, "SADD", $"integers{size}", i => [Number(i * 7)]);
            await Many(size, "ZADD", $"zset{size}", i => [Number(_random.Next(50) - 25), $"m{i}"]);
            await Many(size, "HSET", $"hash{size}", i => [$"field{i}", Text(i)]);
            await Many(size, "HSET", $"timed{size}", i => [$"field{i}", Text(i)]);
            await Many((size + 2) / 3, null, "", i =>
                ["HPEXPIREAT", $"timed{size}", Later(i), "FIELDS", "1", $"field{3 * i}"]);
            await Stream(size);
        }

        await Long();
        await Call("PEXPIREAT", "list130", FarAway);
        await Call("PEXPIREAT", "timed130", FarAway);
        await Call("PEXPIREAT", "zset3", FarAway);
        await Call("SET", "string", "value", "PXAT", FarAway);
        await Call("SET", "number", "12345");
        await Call("APPEND", "raw", "12345");
        await Shrunk();
    }

    // Elements longer than a leaf, and than a page.
    private async Task Long()
    {
        string huge = new('h', 200_000);
        await Call("RPUSH", "longlist", "a", huge, "b", huge, "c");
        await Call("HSET", "longhash", "a", huge, huge[..70_000], "b", "c", "d");
        await Call("HSET", "onefield", "field", huge);
        await Call("SADD", "longset", huge, "a", "b");
        await Call("ZADD", "longzset", "1", huge, "1", huge[..100_000], "1", "a");
        await Call("XADD", "longstream", "1-1", "field", huge);
        await Call("XADD", "longstream", "2-1", "field", "value");
    }

    private async Task Stream(int size)
    {
        string key = $"stream{size}";
        await Many(size, null, key, i => ["XADD", key, $"{i + 1}-{i % 3}", $"f{i % 5}", Text(i), "g", "v"]);
        await Call("XADD", key, $"{size + 10}-0", "last", "one");
        await Call("XDEL", key, $"{size + 10}-0");
        await Call("XGROUP", "CREATE", key, "empty", "0");
        await Call("XGROUP", "CREATE", key, "readers", "0");
        await Call("XGROUP", "CREATECONSUMER", key, "readers", "idle");
        string half = Number((size + 1) / 2);
        await Call("XREADGROUP", "GROUP", "readers", "first", "COUNT", half, "STREAMS", key, ">");
        await Call("XREADGROUP", "GROUP", "readers", "second", "COUNT", "1", "STREAMS", key, ">");
        await Call("XACK", key, "readers", "1-0");
    }

    // Collections that were larger: fewer elements than their form is made for.
    private async Task Shrunk()
    {
        await Many(200, "ZADD", "shrunkzset", i => [Number(i), $"m{i}"]);
        await Call("ZREMRANGEBYRANK", "shrunkzset", "2", "-1");
        await Many(200, "HSET", "shrunkhash", i => [$"f{i}", "v"]);
        await Call("HPEXPIREAT", "shrunkhash", FarAway, "FIELDS", "2", "f0", "f1");
        await Many(190, "HDEL", "shrunkhash", i => [$"f{i + 5}"]);
        await Many(200, "RPUSH", "shrunklist", i => [Number(i)]);
        await Call("LTRIM", "shrunklist", "100", "102");
        await Many(100, "LPUSH", "pushedlist", i => [Text(i)]);
        await Call("XADD", "emptystream", "5-5", "f", "v");
        await Call("XDEL", "emptystream", "5-5");
        await Call("XGROUP", "CREATE", "groupsonly", "g", "$", "MKSTREAM");
    }

    // One command for some elements; without a name, the elements are commands.
    private async Task Many(int count, string? name, string key, Func<int, string[]> element)
    {
        int sent = 0;
        for (int i = 0; i < count; sent++)
        {
            List<string> words = name == null ? [] : [name, key];
            do words.AddRange(element(i++));
            while (name != null && i < count && _random.Next(4) > 0);
            client.Send([.. words]);
        }

        for (; sent > 0; sent--) Check(await client.ReadAsync());
    }

    private async Task Call(params string[] words) => Check(await client.CallAsync(words));

    private static void Check(RespValue reply) => Assert.That(reply.IsError, Is.False, reply.ToString());

    private string Text(int i) => $"v{i}".PadRight(_random.Next(60), '.');

    private static string Later(int i) => Number(4_000_000_000_000 + (i * 1000));

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
