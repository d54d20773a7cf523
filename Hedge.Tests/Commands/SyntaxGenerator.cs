using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Introspection;
using Hedge.Host.Declarations;

namespace Hedge.Tests.Commands;

/// <summary>
/// Makes requests from a command's syntax: mostly valid ones, some slightly wrong (a word too many or too
/// few, doubled, exchanged, or out of place). Keys and values come from small pools so that commands meet
/// each other's keys.
/// </summary>
public sealed class SyntaxGenerator(Random random)
{
    private static readonly string[] Members =
    [
        "a", "b", "c", "d", "1", "2", "3", "10", "-5", "", "\u00FF\0", "name",
        "a member that is so long that no listpack has it: 0123456789 0123456789 0123456789",
    ];

    private static readonly Dictionary<string, string[]> ByName = new(StringComparer.Ordinal)
    {
        ["encoding"] =
            ["u1", "i1", "u2", "i5", "u8", "i8", "u31", "i32", "u63", "i64", "u64", "i65", "x8", "i0", "u"],
        ["operation"] = ["AND", "or", "XOR", "not", "nand"],
        ["bit"] = ["0", "1", "0", "1", "2", "-1", "x"],
        ["increment"] =
            ["1", "-1", "10", "0", "-128", "255", "9223372036854775807", "-9223372036854775808", "1.5"],
        ["offset"] = ["0", "1", "7", "8", "9", "13", "63", "100", "#0", "#1", "#3", "-1", "4294967296", "x"],
        ["len"] = ["0", "1", "2", "-1", "x"],
        ["seconds"] = ["1000", "5000", "100000", "0", "-1", "9223372036854775807", "9223372036854775", "x"],
        ["milliseconds"] = ["1000000", "5000000", "0", "-1", "9223372036854775807", "x"],
        ["unix-time-seconds"] = ["1", "4102444800", "0", "-5", "9223372036854775807"],
        ["unix-time-milliseconds"] = ["1000", "4102444800000", "0", "-5", "9223372036854775807"],
        ["ttl"] = ["0", "100000", "4102444800000", "-1"],
        ["subcommand"] = ["GETREG", "decode", "ENCODING", "todense", "nosuch"],
        ["longitude"] = ["0", "1", "13.361389", "15.087269", "-180", "180", "179.9", "-0.5", "180.1", "x"],
        ["latitude"] = ["0", "1", "38.115556", "37.502669", "-85.05", "85.05", "84", "-0.5", "85.06", "x"],
        ["radius"] = ["0", "1", "100", "200.5", "5000", "30000", "-1", "x", "inf"],
        ["width"] = ["0", "100", "400", "20000", "-1", "x"],
        ["height"] = ["0", "100", "400", "20000", "-1", "x"],
        ["member1"] = Members,
        ["member2"] = Members,
        ["db"] = ["0", "1", "2", "15", "16", "-1"],
        ["destination-db"] = ["0", "1", "2", "16"],
        ["count"] = ["1", "2", "10", "0", "-1"],
        ["cursor"] = ["0"],
        ["type"] = ["string", "list", "hash", "set", "zset", "nosuch"],
        ["field"] = Members,
        ["member"] = Members,
        ["numkeys"] = ["1", "2", "3", "2", "0", "x"],
        ["numfields"] = ["1", "2", "3", "1", "2", "0", "x"],
        ["element"] = Members,
        ["pivot"] = Members,
        ["score"] =
            ["1", "2", "3", "1.5", "-1", "0", "-0", "inf", "-inf", "1e3", "3", "2", "0.1", "nan", "x"],
        ["min"] = ["0", "1", "-inf", "(1", "2", "-1", "(x"],
        ["max"] = ["3", "(3", "2", "+inf", "1", "inf", "x"],
        ["weight"] = ["1", "2", "0.5", "-1", "0", "inf", "x"],
        ["start"] = ["0", "1", "-2", "2", "-1", "100", "(1", "-inf"],
        ["stop"] = ["-1", "2", "0", "5", "-3", "100", "(3", "+inf"],
        ["index"] = ["0", "1", "-1", "2", "-2", "7", "100", "x"],
        ["rank"] = ["1", "2", "-1", "-2", "0", "x"],
        ["num-matches"] = ["0", "1", "2", "-1"],
        ["timeout"] = ["0.001", "0.002", "-1", "x"],
        ["limit"] = ["0", "1", "2", "-1", "x"],
        ["pattern"] = ["*", "a*", "?", "[ab]*", "nosuch"],
    };

    private static readonly string[] Integers =
    [
        "0", "1", "-1", "2", "3", "5", "7", "10", "-2", "-5", "100", "-100", "9223372036854775807",
        "-9223372036854775808", "1.0", "abc", "", " 1", "01",
    ];

    private static readonly string[] Doubles =
    [
        "0", "1", "-1", "0.1", "3.25", "-2.5e3", "1e10", "1e-5", "5.0e3", "inf", "nan", "x",
        "12345678901234567890",
    ];

    private static readonly string[] Values =
    [
        "", "0", "1", "-7", "10", "100", "9223372036854775807", "-9223372036854775808", "3.14", "1e3", "abc",
        "abcdefgh", "hello world", "\0\u0001\u00FF", "\u00FF\u00FF\u00FF", "\0\0\0", "mytext", "mtxt", " 12",
        "012", "a longer value that is not embedded: 0123456789 0123456789 0123456789",
    ];

    private readonly StreamWords _streams = new(random);

    /// <summary>The keys used.</summary>
    public IReadOnlyList<string> Keys { get; init; } = ["a", "b", "c", "key:1", "key:2", "{tag}x"];

    /// <summary>Share of requests that are made wrong, 0 to 1.</summary>
    public double WrongShare { get; init; } = 0.1;

    /// <summary>A request for the command, its name (and its container's) first.</summary>
    public byte[][] Next(CommandSpec spec)
    {
        var words = new List<string>();
        foreach (string part in spec.Name.Split('|')) words.Add(AnyCase(part));
        int names = words.Count;
        foreach (ArgumentNode node in SyntaxParser.Parse(spec)) Add(words, node, spec);
        if (random.NextDouble() < WrongShare) Spoil(words, names);
        return words.Select(Encoding.Latin1.GetBytes).ToArray();
    }

    private void Add(List<string> words, ArgumentNode node, CommandSpec spec)
    {
        if (node.IsOptional && random.Next(3) > 0) return;
        if (IsLater(node)) return;
        int count = node.IsMultiple ? 1 + random.Next(3) : 1;
        for (int i = 0; i < count; i++)
        {
            if (node.Token != null && (i == 0 || node.RepeatsToken)) words.Add(AnyCase(node.Token));
            switch (node.Type)
            {
                case ArgumentNode.PureToken:
                    break;
                case ArgumentNode.OneOf:
                    IReadOnlyList<ArgumentNode> known = [.. node.Children.Where(child => !IsLater(child))];
                    Add(words, known[random.Next(known.Count)], spec);
                    break;
                case ArgumentNode.Block:
                    foreach (ArgumentNode child in node.Children) Add(words, child, spec);
                    break;
                default:
                    words.Add(Word(node, spec));
                    break;
            }
        }
    }

    private string Word(ArgumentNode node, CommandSpec spec)
    {
        if (node.Name == "element" && random.Next(2) == 0)
            return random.Next(100_000).ToString(CultureInfo.InvariantCulture);
        if (node.Type == "key") return Pick(Keys);
        if (_streams.Next(spec, node.Name) is { } word) return word;
        if (ByName.TryGetValue(node.Name, out string[]? pool)) return Pick(pool);
        if (node.Type == "double") return random.Next(3) == 0 ? RandomDouble() : Pick(Doubles);
        if (node.Type == "integer")
            return random.Next(3) == 0
                ? random.Next(-20, 80).ToString(CultureInfo.InvariantCulture) : Pick(Integers);
        return Pick(Values);
    }

    // The oracle does not know what came after it.
    private static bool IsLater(ArgumentNode node) =>
        node.Since != null && Version.Parse(node.Since) > new Version(7, 1);

    private void Spoil(List<string> words, int names)
    {
        int at = random.Next(names, words.Count + 1);
        switch (random.Next(5))
        {
            case 0:
                words.Insert(at, Pick(Values));
                break;
            case 1 when at < words.Count:
                words.RemoveAt(at);
                break;
            case 2 when at < words.Count:
                words.Insert(at, words[at]);
                break;
            case 3 when at < words.Count:
                words[at] = Pick(Integers);
                break;
            default:
                if (at < words.Count) (words[at], words[^1]) = (words[^1], words[at]);
                break;
        }
    }

    private string RandomDouble() =>
        (random.NextDouble() * Math.Pow(10, random.Next(-6, 12))).ToString("R", CultureInfo.InvariantCulture);

    private string AnyCase(string word) => random.Next(4) == 0 ? word.ToLowerInvariant() : word;

    private string Pick(IReadOnlyList<string> pool) => pool[random.Next(pool.Count)];
}
