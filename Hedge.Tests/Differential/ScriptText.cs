using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Tests.Differential;

/// <summary>The text of a script that runs given commands, and its keys and arguments.</summary>
/// <param name="random">What chooses.</param>
/// <param name="keyNames">Words that are keys.</param>
/// <param name="keysName">The name of the table of keys.</param>
/// <param name="argumentsName">The name of the table of arguments.</param>
internal sealed class ScriptText(
    Random random, HashSet<string> keyNames, string keysName, string argumentsName)
{
    // Numbers up to this are the same text when they are written as numbers.
    private const long PlainNumberMax = 1L << 40;

    private readonly StringBuilder _text = new(random.Next(3) == 0 ? "redis.setresp(3) local r = {}\n"
        : "local r = {}\n");

    private readonly bool _declares = random.Next(2) == 0;
    private readonly bool _fillsHoles = random.Next(2) == 0;
    private int _commands;

    /// <summary>The keys it is run with.</summary>
    public List<byte[]> Keys { get; } = [];

    /// <summary>The arguments it is run with.</summary>
    public List<byte[]> Arguments { get; } = [];

    /// <summary>Adds a command.</summary>
    public void Add(GeneratedCommand command)
    {
        string words = string.Join(", ", command.Words.Select(Word));
        string call = random.Next(5) switch
        {
            0 => $"redis.call({words})",
            1 => $"select(2, pcall(redis.call, {words}))",
            2 when Chance() => $"select(2, pcall(function() return redis.call({words}) end))",
            2 => $"coroutine.wrap(function() return redis.pcall({words}) end)()",
            _ => $"redis.pcall({words})",
        };
        string place = string.Create(CultureInfo.InvariantCulture, $"r[{++_commands}]");
        _text.Append(CultureInfo.InvariantCulture, $"{place} = {call}\n");
        // A nil ends a table that is returned.
        if (!_fillsHoles) return;
        _text.Append(CultureInfo.InvariantCulture, $"if {place} == nil then {place} = '' end\n");
    }

    /// <summary>The script.</summary>
    public override string ToString() => _text + "return r";

    private bool Chance() => random.Next(2) == 0;

    private string Word(byte[] word, int index)
    {
        bool isKey = index > 0 && keyNames.Contains(Encoding.Latin1.GetString(word));
        if (isKey && (_declares || Chance())) return Element(keysName, Keys, word);
        switch (random.Next(index == 0 ? 30 : 5))
        {
            case 0:
                return Element(argumentsName, Arguments, word);
            case 1:
                int cut = random.Next(word.Length + 1);
                return $"{Literal(word.AsSpan(0, cut))} .. {Literal(word.AsSpan(cut))}";
            case 2 when index > 0 && Numbers.TryParseInt64(word, out long number)
                && number is < PlainNumberMax and > -PlainNumberMax:
                return string.Create(CultureInfo.InvariantCulture, $"{number}");
            default:
                return Literal(word);
        }
    }

    private static string Element(string table, List<byte[]> list, byte[] word)
    {
        list.Add(word);
        return string.Create(CultureInfo.InvariantCulture, $"{table}[{list.Count}]");
    }

    private static string Literal(ReadOnlySpan<byte> word)
    {
        var text = new StringBuilder("'");
        foreach (byte b in word)
        {
            bool isPlain = b is >= 0x20 and < 0x7F and not (byte)'\'' and not (byte)'\\';
            if (isPlain) text.Append((char)b);
            else text.Append(CultureInfo.InvariantCulture, $"\\{b:D3}");
        }

        return text.Append('\'').ToString();
    }
}
