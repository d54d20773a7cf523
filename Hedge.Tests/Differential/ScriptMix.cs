using System.Globalization;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Tests.Commands;

namespace Hedge.Tests.Differential;

/// <summary>
/// Makes scripts of random commands, and requests that run them: EVAL, EVALSHA, their read-only forms, and
/// FCALL, some inside MULTI. A script returns the replies of its commands in a table. Its words are elements
/// of KEYS or ARGV, literals or made of two; in half of the scripts all keys are elements of KEYS.
/// </summary>
internal sealed class ScriptMix(Random random, CommandMix commands, IReadOnlyList<string> keys)
{
    /// <summary>The most commands of a script.</summary>
    public const int CommandsMax = 5;

    private const int Libraries = 8;

    // None is a lifetime that ends during a sequence.
    private static readonly string[] OtherArguments =
        ["0", "-1", "-2", "a", "b", "1-1", "x", "inf", "4102444800000", "", "*"];

    private static readonly CommandTable Table = AllCommands.Table();

    private readonly HashSet<string> _keys = [.. keys];
    private readonly Queue<GeneratedCommand> _next = new();
    private readonly List<(int Library, string Name, string[] Inner, int Keys)> _functions = [];
    private int _made;
    private int _queueing;

    /// <summary>Which commands scripts may run.</summary>
    public Func<GeneratedCommand, bool> Accepts { get; init; } = _ => true;

    /// <summary>Commands inside the scripts so far.</summary>
    public long Commands { get; private set; }

    /// <summary>The next request.</summary>
    public GeneratedCommand Next()
    {
        if (_next.TryDequeue(out GeneratedCommand? known)) return known;
        if (_queueing > 0 && --_queueing == 0) return Plain("EXEC");
        switch (random.Next(100))
        {
            case < 4 when _queueing == 0:
                _queueing = random.Next(2, 8);
                return Plain("MULTI");
            case < 12:
                return commands.Next();
            case 12:
                return Plain("SCRIPT FLUSH");
            case < 15:
                AddFunction();
                return Next();
            case < 25 when _functions.Count > 0:
                return CallFunction();
            default:
                AddScript();
                return Next();
        }
    }

    /// <summary>Requests that show all data of some databases.</summary>
    public static IEnumerable<GeneratedCommand> Data(IEnumerable<int> databases, IEnumerable<string> keys)
    {
        yield return Plain("DISCARD");
        foreach (int database in databases)
        {
            yield return Plain($"SELECT {database}");
            yield return Plain("DBSIZE");
            yield return Plain("KEYS *");
            foreach (string key in keys)
            {
                string quoted = CommandLine.Join([Encoding.Latin1.GetBytes(key)]);
                foreach (string line in (string[])["TYPE", "PTTL", "GET", "HGETALL", "SMEMBERS", "XLEN"])
                    yield return Plain($"{line} {quoted}");
                yield return Plain($"LRANGE {quoted} 0 -1");
                yield return Plain($"ZRANGE {quoted} 0 -1 WITHSCORES");
                yield return Plain($"XRANGE {quoted} - +");
            }
        }
    }

    private static GeneratedCommand Plain(string line) => GeneratedCommand.FromLines([line])[0];

    private void AddScript()
    {
        var script = new ScriptText(random, _keys, "KEYS", "ARGV");
        string[] inner = Fill(script);
        byte[] text = Encoding.ASCII.GetBytes(Header(script) + script.ToString());
        string suffix = random.Next(20) == 0 ? "_RO" : "";
        if (random.Next(3) > 0)
        {
            _next.Enqueue(Request("EVAL" + suffix, text, script, inner));
            if (random.Next(2) == 0) return;
        }
        else
        {
            _next.Enqueue(new GeneratedCommand("SCRIPT|LOAD", [.. CommandLine.Split("SCRIPT LOAD"), text]));
        }

        byte[] digest = Encoding.ASCII.GetBytes(ScriptDigest.Of(text).ToString());
        _next.Enqueue(Request("EVALSHA" + suffix, digest, script, inner));
        Commands += inner.Length;
    }

    // Each function has a name of its own: where a transaction with a library is not run, a call finds none,
    // and not an older function, whose replies would be compared as those of other commands.
    private void AddFunction()
    {
        var script = new ScriptText(random, _keys, "k", "a");
        string[] inner = Fill(script);
        int library = random.Next(Libraries);
        string name = $"f{++_made}";
        string options = random.Next(8) == 0 ? ", flags = {'no-writes'}" : "";
        string text = $"#!lua name=lib{library}\nredis.register_function{{function_name = '{name}'"
            + $"{options}, callback = function(k, a)\n{script} end}}";
        _next.Enqueue(new GeneratedCommand("FUNCTION|LOAD",
            [.. CommandLine.Split("FUNCTION LOAD REPLACE"), Encoding.ASCII.GetBytes(text)]));
        _next.Enqueue(Request("FCALL", Encoding.ASCII.GetBytes(name), script, inner));
        _functions.RemoveAll(f => f.Library == library);
        _functions.Add((library, name, inner, script.Keys.Count));
    }

    // With other keys and arguments than those it was made for; too few at times. An entry whose ID is the
    // time ("*") has another one on each server.
    private GeneratedCommand CallFunction()
    {
        (_, string name, string[] inner, int count) = _functions[random.Next(_functions.Count)];
        Commands += inner.Length;
        IEnumerable<byte[]> names = Enumerable.Range(0, count)
            .Select(_ => Encoding.Latin1.GetBytes(keys[random.Next(keys.Count)]));
        IEnumerable<byte[]> arguments = Enumerable.Range(0, random.Next(6))
            .Select(_ => OtherArguments[random.Next(OtherArguments.Length)])
            .Select(a => Encoding.ASCII.GetBytes(a == "*" && inner.Contains("XADD") ? "1-*" : a));
        string form = random.Next(10) == 0 ? "FCALL_RO" : "FCALL";
        return new GeneratedCommand($"{form} {string.Join(' ', inner)}",
            [.. CommandLine.Split($"{form} {name} {count}"), .. names, .. arguments]);
    }

    private string[] Fill(ScriptText script)
    {
        var inner = new string[random.Next(1, CommandsMax + 1)];
        for (int i = 0; i < inner.Length; i++)
        {
            GeneratedCommand command = NextInner();
            inner[i] = command.Name;
            script.Add(command);
        }

        Commands += inner.Length;
        return inner;
    }

    // Few of those that no script may run. PUBSUB in a script inside a transaction that has written is an
    // error of Hedge's own (docs/scripting.md). XINFO has a field of Redis 7.2, which gives its maps another
    // order in Lua.
    private GeneratedCommand NextInner()
    {
        while (true)
        {
            GeneratedCommand command = commands.Next();
            CommandSpec? spec = Table.FindByFullName(Encoding.ASCII.GetBytes(command.Name))?.Spec;
            bool isRefused = spec == null || (spec.Flags & CommandFlags.NoScript) != 0;
            if (spec is { Group: "pubsub" } or { Name: "XINFO|STREAM" or "XINFO|CONSUMERS" }) continue;
            if (!Accepts(command)) continue;
            if (!isRefused || random.Next(20) == 0) return command;
        }
    }

    private string Header(ScriptText script) => random.Next(10) switch
    {
        0 => "#!lua\n",
        1 when script.Keys.Count > 0 => "#!lua flags=no-writes\n",
        2 => "#!lua flags=allow-oom,no-cluster\n",
        _ => "",
    };

    private static GeneratedCommand Request(string form, byte[] what, ScriptText script, string[] inner)
    {
        byte[] count = Encoding.ASCII.GetBytes(script.Keys.Count.ToString(CultureInfo.InvariantCulture));
        return new GeneratedCommand($"{form} {string.Join(' ', inner)}",
            [Encoding.ASCII.GetBytes(form), what, count, .. script.Keys, .. script.Arguments]);
    }
}
