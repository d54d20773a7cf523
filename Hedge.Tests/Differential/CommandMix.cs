using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Tests.Commands;

namespace Hedge.Tests.Differential;

/// <summary>A request and the name of the command it was made for.</summary>
internal sealed record GeneratedCommand(string Name, byte[][] Words)
{
    /// <summary>The commands of lines as redis-cli takes them, each called by its first word.</summary>
    public static GeneratedCommand[] FromLines(IEnumerable<string> lines) =>
        [.. lines.Select(line => new GeneratedCommand(line.Split(' ')[0], CommandLine.Split(line)))];
}

/// <summary>
/// Chooses commands at random, mostly those of strings, bitmaps, keys and transactions, and makes requests
/// whose replies do not depend on when they run.
/// </summary>
internal sealed class CommandMix
{
    // Lifetimes below these could end during a sequence on one server and not yet on the other.
    private const long SecondsMin = 1000;
    private const long MillisecondsMin = 100_000;
    private const long FarSeconds = 4_000_000_000;

    private static readonly string[] Expiring =
    [
        "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "SET", "SETEX", "PSETEX", "GETEX", "RESTORE",
        "RESTORE-ASKING",
    ];

    private readonly Random _random;
    private readonly SyntaxGenerator _generator;
    private readonly List<CommandSpec> _weighted = [];

    /// <summary>Requests with these keys; without any, with a dozen.</summary>
    /// <param name="random">What chooses.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="family">The group of most commands; null for strings, bitmaps, keys.</param>
    public CommandMix(Random random, IReadOnlyList<string>? keys = null, string? family = null)
    {
        _random = random;
        _generator = new SyntaxGenerator(random)
        {
            Keys = keys ??
            ["a", "b", "c", "key:1", "key:2", "key:3", "{tag}x", "{tag}y", "k", "other", "", "\u00FF\0"],
        };
        foreach (CommandSpec spec in Comparable)
        {
            for (int i = 0; i < Weight(spec, family); i++) _weighted.Add(spec);
        }
    }

    /// <summary>Commands that both servers have and that may be compared.</summary>
    public static IReadOnlyList<CommandSpec> Comparable { get; } =
    [
        .. AllCommands.Table().All.Where(c => c.Subcommands.Count == 0).Select(c => c.Spec)
            .Where(s => !ReplyRules.Reviewed.Skips(s.Name))
            .Where(s => !ReplyRules.Reviewed.Skips(s.Name.Split('|')[0]))
            .Where(s => !s.Name.StartsWith("HEDGE.", StringComparison.Ordinal))
            .Where(s => Version.Parse(s.Since) < new Version(7, 1)),
    ];

    /// <summary>The next request.</summary>
    public GeneratedCommand Next()
    {
        while (true)
        {
            CommandSpec spec = _weighted[_random.Next(_weighted.Count)];
            byte[][] words = _generator.Next(spec);
            if (words.Length > 0 && !DependsOnTime(spec.Name, words) && !IsOpen(spec, words)
                && !Waits(spec, words))
                return new GeneratedCommand(spec.Name, words);
        }
    }

    private static int Weight(CommandSpec spec, string? family) => spec.Name switch
    {
        _ when spec.Group == family => 40,
        "FLUSHALL" or "FLUSHDB" => 1,
        "SELECT" or "SWAPDB" => 3,
        "EXEC" or "MULTI" => 15,
        "DUMP" when family != null => 0,
        // Of equal things it leaves the order open; and redis-server's changes the encoding of a sorted set
        // that it reads. SortComparisonTests has them.
        "SORT" or "SORT_RO" => 0,
        _ when family != null => spec.Group is "generic" or "transactions" ? 4 : 1,
        _ => spec.Group is "string" or "bitmap" or "hyperloglog" or "generic" or "transactions" ? 10 : 2,
    };

    // True for a command that might wait for longer than a moment.
    private static bool Waits(CommandSpec spec, byte[][] words)
    {
        if ((spec.Flags & CommandFlags.Blocking) == 0) return false;
        if (spec.Name is "XREAD" or "XREADGROUP")
        {
            int block = Array.FindIndex(words, w => AsciiText.EqualsIgnoreCase(w, "BLOCK"u8));
            return block >= 0 && block + 1 < words.Length
                && Numbers.TryParseInt64(words[block + 1], out long wait) && wait is 0 or > 100;
        }

        byte[] timeout = spec.Name is "BLMPOP" or "BZMPOP" && words.Length > 1 ? words[1] : words[^1];
        return Numbers.TryParseDouble(timeout, out double seconds) && seconds is 0 or > 0.1;
    }

    // True for what Redis leaves open: which of several places at the same distance come first, ranges
    // of members with different scores, ids made of the time, and how much a rough trim removes.
    private static bool IsOpen(CommandSpec spec, byte[][] words)
    {
        if (spec.Group == "stream") return StreamWords.AreOpen(words);
        bool isRange = spec.Name is "ZRANGE" or "ZRANGESTORE";
        if (!isRange && spec.Group != "geo") return false;
        foreach (byte[] word in words)
            if (AsciiText.EqualsIgnoreCase(word, isRange ? "BYLEX"u8 : "COUNT"u8)) return true;
        return false;
    }

    private static bool DependsOnTime(string name, byte[][] words)
    {
        if (!Expiring.Contains(name)) return false;
        bool relative = name is "EXPIRE" or "PEXPIRE";
        if (relative
            && words.Any(w => AsciiText.EqualsIgnoreCase(w, "GT"u8) || AsciiText.EqualsIgnoreCase(w, "LT"u8)))
            return true;
        bool milliseconds = name is "PEXPIRE" or "PSETEX" or "RESTORE" or "RESTORE-ASKING"
            || words.Any(w => AsciiText.EqualsIgnoreCase(w, "PX"u8));
        long min = milliseconds ? MillisecondsMin : SecondsMin;
        // SET with a time that has passed: Redis's DBSIZE counts the key until its expiry cycle finds it.
        if (name == "SET" && words.Any(w => AsciiText.EqualsIgnoreCase(w, "EXAT"u8))) min = FarSeconds;
        if (name == "SET" && words.Any(w => AsciiText.EqualsIgnoreCase(w, "PXAT"u8))) min = FarSeconds * 1000;
        // The value of SET and SETEX stands where it cannot be a lifetime;
        // a spoilt request may have it elsewhere.
        return words.Skip(name == "SET" ? 3 : 2)
            .Any(w => Numbers.TryParseInt64(w, out long n) && n > 0 && n < min);
    }
}
