using Hedge.Tests.Simulation;

namespace Hedge.Tests.Differential;

/// <summary>Random steps of the clients a, b and c: reads and writes of few keys of all types, so that what
/// one has read another changes soon.</summary>
internal sealed class TrackingMix(SimSeed chance)
{
    private static readonly string[] Reads =
    [
        "GET {s}", "MGET {s} {s} {l}", "STRLEN {s}", "EXISTS {s} {h}", "TYPE {s}", "GETRANGE {s} 0 1",
        "LRANGE {l} 0 -1", "LLEN {l}", "LINDEX {l} 0", "SCARD {t}", "SISMEMBER {t} a", "SINTERCARD 2 {t} {t}",
        "HGET {h} f", "HLEN {h}", "HEXISTS {h} g", "ZSCORE {z} a", "ZCARD {z}", "ZRANGE {z} 0 -1",
        "BITCOUNT {s}", "LCS {s} {s}", "SORT_RO {l} ALPHA", "XLEN {x}",
        "DUMP none", "TOUCH {s}", "PFCOUNT {s}x", "GEOPOS {z} a", "TTL none",
        "EXISTS none", "XRANGE {x} - +",
    ];

    // What leaves a collection as it was is told by Redis, and by Hedge not: these change it.
    private static readonly string[] Writes =
    [
        "SET {s} v", "SET {s} 1", "INCR {s}", "APPEND {s} x", "APPEND {s} \"\"", "SETRANGE {s} 1 ab",
        "DEL {s} {s} {l}", "UNLINK {h} {t}", "RENAME {s} {s}", "RENAMENX {s} {s}", "COPY {s} {s} REPLACE",
        "MSET {s} 1 {s} 2", "MSETNX {s} 1 {s} 2", "GETSET {s} 5", "GETDEL {s}", "GETEX {s} EX 1000",
        "GETEX {s} PERSIST", "SETNX {s} 1", "SETBIT {s} 5 1", "BITOP OR {s} {s} {s}", "PFADD {s}x a",
        "RPUSH {l} a b", "LPOP {l}", "LMOVE {l} {l} LEFT RIGHT", "RPOPLPUSH {l} {l}", "LSET {l} 0 *",
        "LREM {l} 0 a", "LTRIM {l} 1 -1", "LPUSHX {l} q", "LMPOP 2 {l} {l} LEFT", "SORT {l} ALPHA STORE {l}",
        "SADD {t} a b", "SREM {t} a", "SMOVE {t} {t} a", "SUNIONSTORE {t} {t} {t}", "SDIFFSTORE {t} {t} {t}",
        "HSET {h} f * g 2", "HDEL {h} f", "HINCRBY {h} n 1", "HSETNX {h} f 2", "ZADD {z} 1 a 2 b",
        "ZADD {z} 3 a",
        "ZADD {z} 1 a", "ZREM {z} a", "ZINCRBY {z} 1 a", "ZPOPMIN {z}", "ZUNIONSTORE {z} 2 {z} {z}",
        "ZRANGESTORE {z} {z} 0 0", "EXPIRE {s} 1000", "PERSIST {s}", "EXPIRE {h} -1", "MOVE {s} 1",
        "XADD {x} * f v", "XTRIM {x} MAXLEN 2", "XGROUP CREATE {x} g 0", "XDEL {x} 1-1", "RESTORE {s} 0 x",
    ];

    private int _ids;

    /// <summary>Some steps, one per line: a command, or a transaction.</summary>
    public string NextSteps()
    {
        string client = Pick(["a", "b", "c"]);
        if (chance.Chance(0.01)) return $"{client} {Pick(["FLUSHDB", "FLUSHALL", "SWAPDB 0 1"])}";
        if (chance.Chance(0.02)) return $"{client} SELECT {chance.Below(2)}";
        if (chance.Chance(0.1))
        {
            IEnumerable<string> commands = Enumerable.Range(0, 1 + chance.Below(4)).Select(_ => Command());
            return string.Join('\n', commands.Prepend("MULTI").Append("EXEC").Select(c => $"{client} {c}"));
        }

        if (chance.Chance(0.05))
        {
            string key = Fill("{s}");
            string write = chance.Chance(0.5) ? "redis.call('append', KEYS[1], 'y')" : "";
            return $"{client} EVAL \"{write} redis.call('strlen', KEYS[1]) {write} return 1\" 1 {key}";
        }

        return $"{client} {Command()}";
    }

    private string Command() => Fill(Pick(chance.Chance(0.6) ? Reads : Writes));

    private string Fill(string template)
    {
        string filled = template.Replace("*", $"{++_ids}-1", StringComparison.Ordinal);
        foreach (string type in (string[])["s", "l", "t", "h", "z", "x"])
        {
            for (int at; (at = filled.IndexOf($"{{{type}}}", StringComparison.Ordinal)) >= 0;)
            {
                // Now and then a key of another type.
                bool isWrong = chance.Chance(0.03);
                string name = isWrong ? Pick(["s1", "l1", "t1", "h1"]) : $"{type}{chance.Below(3)}";
                filled = string.Concat(filled.AsSpan(0, at), name, filled.AsSpan(at + 3));
            }
        }

        return filled;
    }

    private string Pick(string[] from) => from[chance.Below(from.Length)];
}
