using Hedge.Storage.Compactions;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>Makes clients' scripts from a seed.</summary>
internal sealed class SimScript(SimSeed seed, IReadOnlyList<string> keys)
{
    // A range delete counts as a change of a watched key that may be on disk, which the model does not know.
    private readonly bool _removesRanges = seed.Chance(0.4);
    private int _values;
    private string _last = keys[0];

    /// <summary>Whether clients vanish, half-close and stall.</summary>
    public bool Controls { get; init; }

    /// <summary>Whether keys expire within the run.</summary>
    public bool Expires { get; init; }

    /// <summary>Whether files are loaded and written, transactions have values of many pages, and the ways
    /// of storing change.</summary>
    public bool Stores { get; init; }

    /// <summary>Whether clients ask for all keys, alone and in transactions.</summary>
    public bool Lists { get; init; }

    /// <summary>Whether most of what would be a transaction is a Lua script.</summary>
    public bool Scripts { get; init; }

    /// <summary>The most commands of a transaction.</summary>
    public int QueuedMax { get; init; } = 4;

    /// <summary>How many operations of a hundred are transactions, but for those with WATCH.</summary>
    public int TransactionPercent { get; init; } = 10;

    /// <summary>Whether clients push and wait for items; of the other commands only those that fit.</summary>
    public bool Blocks { get; init; }

    /// <summary>Bytes that make values long, so that memtables fill up.</summary>
    public int PaddingBytes { get; init; } = 60;

    /// <summary>A script of about so many operations.</summary>
    public List<SimAction> Make(int count)
    {
        List<SimAction> script = [];
        while (script.Count < count) Add(script);
        return script;
    }

    private void Add(List<SimAction> script)
    {
        if (Blocks)
        {
            script.Add(Blocking());
            return;
        }

        if (Stores && seed.Chance(0.2))
        {
            script.Add(Storing());
            return;
        }

        if (Lists && seed.Chance(0.15))
        {
            script.Add(SimAction.Of("KEYS", Pattern()));
            return;
        }

        int kind = seed.Below(100);
        if (kind < 66) script.Add(new SimAction([Single()]));
        else if (kind < 80) script.Add(new SimAction([Many()]));
        else if (kind < 80 + TransactionPercent)
            script.Add(Queue());
        else if (kind < 95 && TransactionPercent <= 10 && !Expires && !_removesRanges && !Stores)
        {
            // The model does not know when a watched key's time has come, nor that a load touches others.
            string watched = Key();
            script.Add(SimAction.Of("WATCH", watched));
            if (seed.Chance(0.5)) script.Add(SimAction.Of("GET", watched));
            script.Add(new SimAction(Queued(), IsTransaction: true));
        }
        else if (Controls && kind >= 97)
            script.Add(new SimAction([], Control: (SimControl)(1 + seed.Below(3))));
        else script.Add(Expires ? SimAction.Of("GET", Key()) : SimAction.Of("DBSIZE"));
    }

    private SimAction Blocking()
    {
        if (seed.Chance(0.05)) return new SimAction([], Control: SimControl.Vanish);
        string[] chosen = [.. keys.OrderBy(_ => seed.Next()).Take(1 + seed.Below(3))];
        switch (seed.Below(12))
        {
            case 0 or 1 or 2 or 3:
                string wait = $"{1 + seed.Below(seed.Chance(0.3) ? 2000 : 20)}";
                return new SimAction([["TEST.TAKE", .. chosen, wait]]);
            case 4:
                string[][] several = new string[2 + seed.Below(5)][];
                for (int i = 0; i < several.Length; i++) several[i] = PushOrTake();
                return new SimAction(several, IsTransaction: true);
            case 5:
                return SimAction.Of("RENAME", Key(), Key());
            case 6:
                return SimAction.Of("COPY", keys[0], keys[1], "REPLACE");
            case 7:
                return SimAction.Of("GET", Key());
            case 8:
                return SimAction.Of("DEL", Key());
            default:
                return SimAction.Of("TEST.PUSH", Key(), $"i{_values++}");
        }
    }

    // Or a look at a key that may be on disk only, for a pause.
    private string[] PushOrTake() => seed.Below(10) switch
    {
        < 5 => ["TEST.PUSH", Key(), $"i{_values++}"],
        < 7 => ["TEST.TAKE", Key(), "10"],
        _ => ["GET", SimRun.ManyKeys[^(1 + seed.Below(30))]],
    };

    private SimAction Storing()
    {
        int number = _values++;
        switch (seed.Below(8))
        {
            case 0 or 1:
                return new SimAction(
                    [SimFiles.LoadOf(number, keys.OrderBy(_ => seed.Next()).Take(1 + seed.Below(5)))]);
            case 2:
                return new SimAction([SimFiles.ExportOf(number)]);
            case 3:
                return SimAction.Of("CONFIG", "SET", "compaction-policy",
                    Word(seed, CompactionPolicy.Tiered, CompactionPolicy.Leveled, CompactionPolicy.Lazy,
                        CompactionPolicy.Auto));
            case 4:
                return SimAction.Of("CONFIG", "SET", "compression", Word(seed, SimCompression.Pick(seed)),
                    "compression-upper", Word(seed, SimCompression.Pick(seed)));
            case 5:
                return SimAction.Of("CONFIG", "SET", "value-log-threshold",
                    Word(seed, "0", "32", "32", "1024"));
            default:
                string[][] large = new string[1 + seed.Below(3)][];
                for (int i = 0; i < large.Length; i++) large[i] = ["SET", Key(), Large()];
                return new SimAction([.. large, Single()], IsTransaction: true);
        }
    }

    private SimAction Queue()
    {
        if (!Scripts || seed.Chance(0.2)) return new SimAction(Queued(), IsTransaction: true);
        string[][] commands = Queued();
        if (seed.Chance(0.4))
        {
            // All on one key: a script of one partition.
            string key = Key();
            commands = [.. commands.Where(c => SimAction.KeysOf(c).Count() == 1).Select(c => c[1] == key ? c
                : [c[0], key, .. c[2..]])];
            if (commands.Length == 0) commands = [["GET", key]];
        }

        return new SimAction(commands, Lua: new SimLua(seed.Chance(0.6), seed.Chance(0.2) ? 20_000 : 0));
    }

    private string[][] Queued()
    {
        string[][] commands = new string[1 + seed.Below(QueuedMax)][];
        for (int i = 0; i < commands.Length; i++) commands[i] = seed.Chance(0.7) ? Single() : Many();
        if (Lists && seed.Chance(0.5)) commands[seed.Below(commands.Length)] = ["KEYS", Pattern()];
        return commands;
    }

    private string[] Single()
    {
        string key = Key();
        return seed.Below(13) switch
        {
            0 or 1 or 2 => ["GET", key],
            3 or 4 => ["SET", key, seed.Chance(0.5) ? Value() : Number()],
            5 or 6 => ["INCR", key],
            7 => ["APPEND", key, $"+{_values++}"],
            8 => ["DEL", key],
            9 => ["GETSET", key, Value()],
            10 => seed.Chance(0.5) ? ["GETDEL", key] : ["PERSIST", key],
            11 => Expires ? ["PEXPIRE", key, seed.Chance(0.2) ? "-1" : $"{seed.Below(80)}"]
                : ["PEXPIRE", key, "900000000"],
            _ => ["STRLEN", key],
        };
    }

    private string[] Many()
    {
        string[] chosen = [.. keys.OrderBy(_ => seed.Next()).Take(2 + seed.Below(2))];
        if (_removesRanges && seed.Chance(0.15))
        {
            string other = seed.Chance(0.2) ? "" : keys[seed.Below(keys.Count)];
            return seed.Chance(0.5) ? ["HEDGE.DELPREFIX", chosen[0]] : ["HEDGE.DELRANGE", chosen[0], other];
        }

        return seed.Below(7) switch
        {
            0 or 1 => ["MSET", .. chosen.SelectMany(key => new[] { key, Value() })],
            2 or 3 => ["MGET", .. chosen],
            4 => ["RENAME", chosen[0], chosen[1]],
            5 =>
                seed.Chance(0.5) ? ["COPY", chosen[0], chosen[1], "REPLACE"] : ["COPY", chosen[0], chosen[1]],
            _ => seed.Chance(0.5) ? ["DEL", .. chosen] : ["EXISTS", .. chosen],
        };
    }

    private string Pattern() => seed.Chance(0.7) ? "*" : Key()[..1] + "*";

    // Often the same key again: what waits for a key, and what comes behind it, is what goes wrong.
    private string Key() => seed.Chance(0.4) ? _last : _last = keys[seed.Below(keys.Count)];

    private static string Word<T>(SimSeed seed, params T[] choices) =>
        choices[seed.Below(choices.Length)]!.ToString()!.ToLowerInvariant();

    private string Large() =>
        $"v{_values++}".PadRight(1000 + seed.Below(seed.Chance(0.1) ? 30_000 : 6000), '.');

    private string Number() => $"{1000 * _values++}";

    private string Value() => $"v{_values++}".PadRight(1 + seed.Below(PaddingBytes), '.');
}
