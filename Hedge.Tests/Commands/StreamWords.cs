using System.Globalization;
using Hedge.Host.Declarations;

namespace Hedge.Tests.Commands;

/// <summary>Words for the arguments of stream commands: ids that mostly ascend, so that entries are added,
/// and a few groups and consumers, some of whose names begin alike.</summary>
internal sealed class StreamWords(Random random)
{
    private static readonly string[] Odd =
    [
        "0", "0-0", "0-1", "-", "+", "$", ">", "x", "1-x", "", "-1", "5-", "007", "3-18446744073709551615",
        "18446744073709551615-18446744073709551614", "18446744073709551615", "18446744073709551616", "9-*",
    ];

    private static readonly Dictionary<string, string[]> ByName = new(StringComparer.Ordinal)
    {
        ["group"] = ["g", "g", "g1", "g10", "", "gone"],
        ["groupname"] = ["g", "g", "g1", "g10", "", "gone"],
        ["consumer"] = ["c", "c", "c1", "c10", "", "d"],
        ["consumername"] = ["c", "c1", "c10", "", "d"],
        ["min-idle-time"] = ["0", "0", "0", "10000000", "-1", "x"],
        ["ms"] = ["0", "100000000", "-1", "x"],
        ["unix-time-milliseconds"] = ["1000", "0", "-5", "99999999999999", "x"],
        ["milliseconds"] = ["1", "2", "-1", "x", "1.5"],
        ["count"] = ["1", "2", "3", "10", "0", "-1"],
        ["entries_read"] = ["0", "1", "5", "-1", "-2", "x"],
        ["entries_added"] = ["0", "3", "50", "1000", "-1", "x"],
        ["field"] = ["a", "b", "", "name"],
        ["value"] = ["1", "", "v", "\u00FF\0", new string('w', 100)],
    };

    private int _last = 1;

    /// <summary>True when replies depend on the time, or on what a rough trim takes.</summary>
    public static bool AreOpen(byte[][] words) =>
        words.Any(w => w.AsSpan().SequenceEqual("*"u8) || w.AsSpan().SequenceEqual("~"u8));

    /// <summary>A word for an argument of a command; null for one that is as in other commands.</summary>
    public string? Next(CommandSpec spec, string argument)
    {
        if (spec.Group != "stream") return null;
        bool adds = spec.Name == "XADD";
        return argument switch
        {
            "id" when adds && random.Next(8) > 0 => New(),
            "id" when spec.Name == "XREADGROUP" && random.Next(3) > 0 => ">",
            "threshold" when random.Next(2) == 0 => Number(random.Next(12)),
            "start" or "end" => random.Next(3) > 0 ? (argument == "end" ? "+" : "-") : Bound(),
            "id" or "threshold" or "last-id" or "max_deleted_entry_id" => Old(),
            _ => ByName.TryGetValue(argument, out string[]? pool) ? pool[random.Next(pool.Length)] : null,
        };
    }

    private string New()
    {
        string milliseconds = Number(_last += random.Next(3));
        return random.Next(6) switch
        {
            0 => milliseconds + "-*",
            1 => milliseconds + "-" + Number(random.Next(5)),
            _ => milliseconds,
        };
    }

    private string Old()
    {
        if (random.Next(10) == 0) return Odd[random.Next(Odd.Length)];
        int milliseconds = Math.Max(0, _last - random.Next(30));
        return random.Next(4) > 0 ? Number(milliseconds) : $"{milliseconds}-{random.Next(5)}";
    }

    private string Bound() => random.Next(3) > 0 ? Old() : "(" + Old();

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
