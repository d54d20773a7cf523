using System.Globalization;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Tests.Commands;

namespace Hedge.Tests.Differential;

/// <summary>Makes users with random rights, and requests that random ones of them send: commands, in and
/// outside of transactions, and what they would be answered.</summary>
internal sealed class AclMix(Random random, CommandMix commands, IReadOnlyList<string> keys)
{
    private const int Users = 3;

    private static readonly string[] Categories =
    [
        "all", "keyspace", "read", "write", "set", "sortedset", "list", "hash", "string", "bitmap",
        "hyperloglog", "geo", "stream", "pubsub", "admin", "fast", "slow", "blocking", "dangerous",
        "connection", "transaction", "scripting", "nosuch",
    ];

    private static readonly CommandTable Table = AllCommands.Table();

    private readonly Queue<GeneratedCommand> _next = new();
    private int _queueing;

    /// <summary>What a sequence begins with.</summary>
    public static IEnumerable<GeneratedCommand> Start =>
    [
        Plain("ACL DELUSER u0 u1 u2"),
        .. Enumerable.Range(0, Users).Select(i => Plain($"ACL SETUSER u{i} on >pw ~* &* +@all")),
    ];

    /// <summary>The next request.</summary>
    public GeneratedCommand Next()
    {
        if (_next.TryDequeue(out GeneratedCommand? known)) return known;
        if (_queueing > 0 && --_queueing == 0) return Plain("EXEC");
        switch (random.Next(40))
        {
            case < 3 when _queueing == 0:
                // Only the default user may change others, whatever they have got.
                _next.Enqueue(SetUser());
                _next.Enqueue(Plain($"AUTH u{random.Next(Users)} pw"));
                return Plain("AUTH default x");
            case < 6:
                return Plain($"AUTH u{random.Next(Users)} pw");
            case 6:
                return Plain("ACL WHOAMI");
            case 7 when _queueing == 0:
                _queueing = random.Next(2, 6);
                return Plain("MULTI");
            case < 20:
                GeneratedCommand inner = NextInner();
                return new GeneratedCommand("ACL|DRYRUN",
                    [.. CommandLine.Split($"ACL DRYRUN u{random.Next(Users)}"), .. inner.Words]);
            default:
                return NextInner();
        }
    }

    // Redis takes "1e3" for 1 key when it looks at rights, and then refuses it as a number.
    private GeneratedCommand NextInner()
    {
        while (true)
        {
            GeneratedCommand command = commands.Next();
            KeySpec[] specs = Table.FindByFullName(Encoding.ASCII.GetBytes(command.Name))!.Spec.Keys;
            bool isClear = specs.All(spec => spec.CountAt == 0 || spec.CountAt >= command.Words.Length
                || Numbers.TryParseInt64(command.Words[spec.CountAt], out _));
            // Of PFMERGE without a source it looks at no key at all, and no pattern matches an empty key.
            isClear &= specs.All(spec => spec.Last >= 0 || spec.First < command.Words.Length);
            if (isClear && command.Words.All(word => word.Length > 0)) return command;
        }
    }

    private static GeneratedCommand Plain(string line) => GeneratedCommand.FromLines([line])[0];

    private GeneratedCommand SetUser()
    {
        byte[][] start = CommandLine.Split($"ACL SETUSER u{random.Next(Users)}");
        IEnumerable<byte[]> reset = random.Next(2) == 0 ? [] : CommandLine.Split("reset on >pw");
        IEnumerable<byte[]> rules = Enumerable.Range(0, random.Next(1, 6))
            .Select(_ => Encoding.Latin1.GetBytes(Rule(mayNest: true)));
        return new GeneratedCommand("ACL|SETUSER", [.. start, .. reset, .. rules]);
    }

    private string Rule(bool mayNest) => random.Next(mayNest ? 17 : 13) switch
    {
        0 => "allkeys",
        1 => random.Next(4) == 0 ? "+@all" : "-@all",
        2 => random.Next(2) == 0 ? "resetkeys" : "resetchannels",
        3 or 4 => Sign() + "@" + Categories[random.Next(Categories.Length)],
        5 or 6 => Sign() + commands.Next().Name,
        7 => "%R~" + Pattern(),
        8 => "%W~" + Pattern(),
        9 or 10 => "~" + Pattern(),
        11 => "&" + Pattern(),
        12 => Sign() + "select|" + random.Next(3).ToString(CultureInfo.InvariantCulture),
        13 => "on",
        14 => "clearselectors",
        _ => "(" + string.Join(' ', Enumerable.Range(0, random.Next(4)).Select(_ => Rule(false))) + ")",
    };

    private string Sign() => random.Next(3) == 0 ? "-" : "+";

    private string Pattern()
    {
        string key = keys[random.Next(keys.Count)];
        return random.Next(4) switch
        {
            0 => "*",
            1 => key[..1] + "*",
            2 => "?",
            _ => key.Replace("\0", "?", StringComparison.Ordinal),
        };
    }
}
