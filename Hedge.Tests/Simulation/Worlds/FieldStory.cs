using System.Globalization;
using Hedge.Host.Declarations;
using Hedge.Host.Settings;
using Hedge.Storage.Partitions;
using NUnit.Framework;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>Random commands on hashes whose fields expire, on a whole server, against
/// <see cref="FieldModel"/>: with nodes of any length, records that have to be read again, kills and power
/// failures. The clock jumps.</summary>
internal sealed class FieldStory
{
    // Requests are sent in the first seconds of a minute. Fields expire in its middle or, by relative times,
    // a little later.
    private const long Minute = 60_000;
    private const long Half = Minute / 2;
    private const long Slack = Minute / 4;
    private const long Later = Half + Slack;

    /// <summary>The keys.</summary>
    public static readonly string[] Keys = ["a", "b", "{a}c"];

    private readonly Random _random;
    private readonly SimWorld _world;
    private readonly bool _leavesFields;
    private readonly int _names;

    /// <summary>A story, with a bug for the tests to find.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="beforeStep">Is called before each step of the world.</param>
    public FieldStory(ulong seed, Action<SimWorld>? beforeStep = null)
    {
        _random = new Random((int)seed);
        _leavesFields = seed % 2 == 0;
        _names = seed % 3 == 0 ? 12 : 150;
        _world = new SimWorld(seed, new SimServerOptions
        {
            Cores = 1 + (int)(seed % 2),
            Fsync = AppendFsync.Always,
            NodeBytes = 64 << (int)(seed % 4),
            Events = KeyspaceEvents.All,
            BigReplyBytes = seed % 5 == 0 ? 200 : -1,
        })
        {
            BeforeStep = beforeStep,
        };
    }

    /// <summary>What is sent in place of a command.</summary>
    public Func<string[], string[]> Sent { get; init; } = command => command;

    /// <summary>What is sent after a restart, unknown to the model.</summary>
    public IReadOnlyList<string[]> AfterRestart { get; init; } = [];

    /// <summary>What must be.</summary>
    public FieldModel Model { get; } = new();

    /// <summary>How many commands were sent.</summary>
    public long Requests { get; private set; }

    private long Now => _world.Clock.UnixMilliseconds;

    /// <summary>Runs it.</summary>
    /// <exception cref="SimFailureException">Something was not as it must be.</exception>
    public void Run()
    {
        try
        {
            Start();
            for (int batch = 0; batch < 120; batch++)
            {
                if (_random.Next(3) == 0) Advance();
                if (_random.Next(25) == 0) Restart();
                RunBatch();
            }

            _world.Close();
        }
        finally
        {
            _world.Dispose();
        }
    }

    private void Start()
    {
        _world.Start();
        if (!_leavesFields) return;
        foreach (Partition partition in _world.Server!.Engine.Partitions)
            partition.Fields.FieldsPerStep = 3;
    }

    private void Restart()
    {
        if (_random.Next(2) == 0) _world.Kill();
        else _world.Crash();
        Start();
        _world.AddClient(AfterRestart.Select(SimAction.Of));
        _world.Run();
    }

    private void Advance()
    {
        long minutes = (Now / Minute) + _random.Next(1, 5);
        _world.Clock.Advance(((minutes * Minute) - Now) * 1000);
        Model.GoTo(Now);
    }

    private void RunBatch()
    {
        string[][] commands = [.. Enumerable.Range(0, 1 + _random.Next(6)).SelectMany(_ => Next())];
        long begun = Now;
        Assert.That(begun % Minute, Is.LessThan(Slack), "requests are sent early in a minute");
        bool isTransaction = _random.Next(4) == 0;
        SimAction[] script = isTransaction
            ? [new SimAction([.. commands.Select(Sent)], IsTransaction: true)]
            : [.. commands.Select(command => SimAction.Of(Sent(command)))];
        SimClient client = _world.AddClient(script);
        _world.Run();
        SimOp[] ops = [.. _world.History.Where(op => op.Client == client.Index)];
        string[] replies = isTransaction ? Split(ops.Single().Reply!) : [.. ops.Select(op => op.Reply!)];
        Assert.That(replies, Has.Length.EqualTo(commands.Length));
        for (int i = 0; i < commands.Length; i++) Compare(commands[i], replies[i], begun);
        Requests += commands.Length;
    }

    private void Compare(string[] command, string reply, long begun)
    {
        if (command[0] == "HPEXPIRETIME")
        {
            string[] times = Split(reply);
            for (int i = 0; i < times.Length; i++)
            {
                Model.Correct(command[1], command[4 + i],
                    long.Parse(times[i].AsSpan(1), CultureInfo.InvariantCulture), Slack);
            }
        }

        string shown = command[0] == "HGETALL" ? Sorted(reply) : reply;
        string expected = Model.Do(command, begun);
        if (shown != expected)
            throw new SimFailureException($"{string.Join(' ', command)} → {shown}, not {expected}");
    }

    private static string Sorted(string reply)
    {
        string[] words = Split(reply);
        IEnumerable<string> pairs = Enumerable.Range(0, words.Length / 2)
            .Select(i => (Field: words[2 * i], Value: words[(2 * i) + 1]))
            .OrderBy(p => p.Field, StringComparer.Ordinal)
            .SelectMany(p => (string[])[p.Field, p.Value]);
        return $"[{string.Join(',', pairs)}]";
    }

    // The parts of an array, which may be arrays.
    private static string[] Split(string reply)
    {
        List<string> parts = [];
        int depth = 0, start = 1;
        for (int i = 1; i < reply.Length; i++)
        {
            if (reply[i] == '[') depth++;
            bool isEnd = depth == 0 && reply[i] is ',' or ']';
            if (isEnd && depth == 0)
            {
                if (i > start) parts.Add(reply[start..i]);
                start = i + 1;
            }

            if (reply[i] == ']') depth--;
        }

        return [.. parts];
    }

    // After a relative time, it is asked what has become of it.
    private IEnumerable<string[]> Next()
    {
        string[] command = Make();
        yield return command;
        bool isRelative = command[0] is "HEXPIRE" or "HPEXPIRE"
            || (command[0] is "HGETEX" or "HSETEX" && (command.Contains("EX") || command.Contains("PX")));
        if (!isRelative) yield break;
        int first = Array.IndexOf(command, "FIELDS") + 2;
        int stride = command[0] == "HSETEX" ? 2 : 1;
        string[] fields = [.. command.Skip(first).Where((_, i) => i % stride == 0)];
        yield return ["HPEXPIRETIME", command[1], "FIELDS", Text(fields.Length), .. fields];
    }

    private string[] Make()
    {
        string key = Pick(Keys);
        string[] fields = [.. Enumerable.Range(0, 1 + _random.Next(_random.Next(6) == 0 ? 25 : 4))
            .Select(_ => Field())];
        string[] pairs = [.. fields.SelectMany(f => (string[])[f, Text(_random.Next(1000))])];
        string[] listed = ["FIELDS", Text(fields.Length), .. fields];
        string[] listedPairs = ["FIELDS", Text(fields.Length), .. pairs];
        string[] condition = _random.Next(2) == 0 ? [] : [Pick("NX", "XX", "GT", "LT")];
        string[] set = _random.Next(2) == 0 ? [] : [Pick("NX", "XX")];
        string[] exists = _random.Next(2) == 0 ? [] : [Pick("FNX", "FXX")];
        return _random.Next(26) switch
        {
            < 4 => ["HSET", key, .. pairs],
            4 => ["HSETNX", key, fields[0], "5"],
            5 => ["HINCRBY", key, fields[0], "7"],
            6 => _random.Next(2) == 0 ? ["HGET", key, fields[0]] : ["HMGET", key, .. fields],
            7 => ["HLEN", key],
            8 => ["HGETALL", key],
            9 => ["HDEL", key, .. fields],
            10 => [Pick("EXISTS", "TYPE"), key],
            11 when _random.Next(4) == 0 => ["DEL", key],
            12 when _random.Next(2) == 0 => ["COPY", key, Other(key), "REPLACE"],
            12 => ["RENAME", key, Other(key)],
            13 => ["HPERSIST", key, .. listed],
            14 => ["HGETDEL", key, .. listed],
            15 when _random.Next(3) == 0 => ["HGETEX", key, "PERSIST", .. listed],
            15 => ["HGETEX", key, .. Expiry(), .. listed],
            16 or 17 => ["HSETEX", key, .. exists, .. Expiry(), .. listedPairs],
            18 => ["HSETEX", key, .. exists, "KEEPTTL", .. listedPairs],
            19 => ["HEXPIRE", key, Text((60 * _random.Next(1, 6)) + 45), .. set, .. listed],
            20 => ["HPEXPIRE", key, Text((Minute * _random.Next(6)) + Later), .. set, .. listed],
            21 => ["HEXPIREAT", key, Text(Moment() / 1000), .. condition, .. listed],
            22 => ["HPEXPIRETIME", key, .. listed],
            23 => ["HEXPIRE", key, "0", .. condition, .. listed],
            _ => ["HPEXPIREAT", key, Text(Moment()), .. condition, .. listed],
        };
    }

    private string[] Expiry() => _random.Next(6) switch
    {
        0 => [],
        1 => ["EX", Text((60 * _random.Next(1, 4)) + 45)],
        2 => ["PX", Text(_random.Next(4) == 0 ? 0 : Minute + Later)],
        3 => ["EXAT", Text(Moment() / 1000)],
        _ => ["PXAT", Text(Moment())],
    };

    // Seldom in the past.
    private long Moment() =>
        (((Now / Minute) + _random.Next(_random.Next(6) == 0 ? -2 : 0, 6)) * Minute) + Half;

    private string Field()
    {
        string name = "f" + Text(_random.Next(_names));
        return _random.Next(20) == 0 ? name + new string('x', 90) : name;
    }

    private string Other(string key) => Pick([.. Keys.Where(k => k != key)]);

    private string Pick(params string[] words) => words[_random.Next(words.Length)];

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
