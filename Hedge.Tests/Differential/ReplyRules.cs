using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;
using Hedge.Resp.Clients;
using Hedge.Tests.Settings;

namespace Hedge.Tests.Differential;

/// <summary>A line of allowed-differences.txt.</summary>
internal sealed record ReplyRule(string Command, string Kind, long Tolerance, string Reason);

/// <summary>Compares replies as allowed-differences.txt says.</summary>
internal sealed class ReplyRules
{
    private readonly Dictionary<string, ReplyRule> _rules;

    private ReplyRules(IEnumerable<ReplyRule> rules) => _rules = rules.ToDictionary(r => r.Command);

    /// <summary>The reviewed rules.</summary>
    public static ReplyRules Reviewed { get; } = new(Read());

    /// <summary>All rules.</summary>
    public IReadOnlyCollection<ReplyRule> All => _rules.Values;

    /// <summary>True when random sequences don't send the command.</summary>
    public bool Skips(string command) =>
        _rules.TryGetValue(command, out ReplyRule? rule) && rule.Kind == "skip";

    /// <summary>True when the replies say the same.</summary>
    /// <param name="command">"NAME" or "CONTAINER|SUBCOMMAND"; of a script, its name and those of the
    /// commands whose replies it returns, separated by spaces.</param>
    /// <param name="queued">For EXEC: the commands that were queued.</param>
    /// <param name="expected">Redis's reply.</param>
    /// <param name="actual">Hedge's reply.</param>
    public bool Same(string command, IReadOnlyList<string> queued, ReadOnlyMemory<byte> expected,
        ReadOnlyMemory<byte> actual)
    {
        if (expected.Span.SequenceEqual(actual.Span)) return true;
        bool hasParts = command == "EXEC" || command.Contains(' ', StringComparison.Ordinal);
        if (!hasParts && !_rules.ContainsKey(command)) return false;
        return Same(command, queued, Parse(expected), Parse(actual));
    }

    private bool Same(string command, IReadOnlyList<string> queued, RespValue expected, RespValue actual)
    {
        if (expected.Equals(actual)) return true;
        if (expected.Kind != actual.Kind) return false;
        if (command == "EXEC")
        {
            if (expected.IsError) return false;
            if (expected.Children.Count != queued.Count || actual.Children.Count != queued.Count)
                return false;
            return Enumerable.Range(0, queued.Count)
                .All(i => Same(queued[i], [], expected.Children[i], actual.Children[i]));
        }

        if (command.Contains(' ', StringComparison.Ordinal))
            return SameInScript(command.Split(' ').AsSpan(1), expected, actual);
        if (!_rules.TryGetValue(command, out ReplyRule? rule)) return false;
        return rule.Kind switch
        {
            "kind" => true,
            "close" => Math.Abs(expected.Integer - actual.Integer) <= rule.Tolerance
                && (expected.Integer < 0) == (actual.Integer < 0),
            "error" => expected.IsError,
            "numbers" => SameNumbers(expected, actual),
            "stream" => StreamReplies.Same(expected, actual),
            "payload" => SamePayload(expected, actual),
            "unordered" => expected.Children.Select(c => c.ToString()).Order(StringComparer.Ordinal)
                .SequenceEqual(actual.Children.Select(c => c.ToString()).Order(StringComparer.Ordinal)),
            _ => false,
        };
    }

    // A null in the middle ends what a script returns. A number that has become one of Lua's is written in
    // 17 digits by Redis.
    private bool SameInScript(ReadOnlySpan<string> inner, RespValue expected, RespValue actual)
    {
        int count = expected.Children.Count;
        if (expected.IsError || count > inner.Length || actual.Children.Count != count) return false;
        for (int i = 0; i < count; i++)
        {
            RespValue first = expected.Children[i], second = actual.Children[i];
            if (!Same(inner[i], [], first, second) && !SameNumbers(first, second)) return false;
        }

        return true;
    }

    // The same but for how floating-point numbers are written.
    private static bool SameNumbers(RespValue expected, RespValue actual)
    {
        if (expected.Equals(actual)) return true;
        if (expected.Kind != actual.Kind || expected.Children.Count != actual.Children.Count) return false;
        if (expected.Children.Count > 0)
            return expected.Children.Zip(actual.Children).All(pair => SameNumbers(pair.First, pair.Second));
        return double.TryParse(expected.Text, CultureInfo.InvariantCulture, out double first)
            && double.TryParse(actual.Text, CultureInfo.InvariantCulture, out double second)
            && first.Equals(second);
    }

    // The same but for the order of what has none: a hash table of a set or a hash; and but for what a
    // stream's has beside its contents: times, and entries that were deleted.
    private static bool SamePayload(RespValue expected, RespValue actual)
    {
        const byte Stream = 19;
        if (IsPayload(expected, Stream)) return IsPayload(actual, Stream);
        if (expected.Kind != actual.Kind || expected.Bytes.Length != actual.Bytes.Length) return false;
        byte type = expected.Bytes.Span[0];
        return type == actual.Bytes.Span[0] && type is 2 or 4;
    }

    private static bool IsPayload(RespValue value, byte type) =>
        value.Kind == RespKind.Bulk && value.Bytes.Length > 0 && value.Bytes.Span[0] == type;

    private static RespValue Parse(ReadOnlyMemory<byte> reply)
    {
        var reader = new RespReader(new ReadOnlySequence<byte>(reply));
        return reader.TryRead(out RespValue? value) ? value! : throw new FormatException("not a whole reply");
    }

    private static IEnumerable<ReplyRule> Read()
    {
        string path = Path.Combine(Repository.Root, "Hedge.Tests", "Differential", "allowed-differences.txt");
        foreach (string line in File.ReadLines(path))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            Match match = Regex.Match(line,
                @"^(\S+)\s+(skip|unordered|numbers|stream|payload|kind|error|close (\d+))\s{2,}(\S.*)$");
            if (!match.Success) throw new FormatException($"{path}: {line}");
            long tolerance = match.Groups[3].Success
                ? long.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture)
                : 0;
            yield return new ReplyRule(match.Groups[1].Value, match.Groups[2].Value.Split(' ')[0], tolerance,
                match.Groups[4].Value);
        }
    }
}
