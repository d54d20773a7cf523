using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Scripts, libraries of functions and the commands SCRIPT and FUNCTION, each part of
/// <c>script-replies.txt</c> beside redis-server: the replies are the same, byte by byte.</summary>
[TestFixture("1", 2)]
[TestFixture("1", 3)]
[TestFixture("2", 2)]
[TestFixture("2", 3)]
[Category("diff")]
internal sealed class ScriptRepliesTests(string cores, int protocol)
{
    private static readonly Dictionary<string, List<string>> Parts = Read();

    private ServerPair _pair = null!;

    private static IEnumerable<string> Names => Parts.Keys;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", cores));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCaseSource(nameof(Names))]
    public void Replies_are_the_same(string part)
    {
        using ReplyPipe redis = Open(_pair.Redis.Port), hedge = Open(_pair.Hedge.Port);
        var problems = new List<string>();
        foreach (string line in Parts[part])
        {
            byte[][] words = Request(line);
            string expected = ReplyReader.Show(redis.RunAll([words])[0]);
            string actual = ReplyReader.Show(hedge.RunAll([words])[0]);
            if (expected != actual) problems.Add($"{line}\nredis: {expected}\nhedge: {actual}");
        }

        Assert.That(problems, Is.Empty);
    }

    [TestCase("YES")]
    [TestCase("SYNC")]
    public void What_a_debugged_script_leaves_is_the_same(string mode)
    {
        string expected = Debugged(_pair.Redis.Port, mode);
        Assert.That(Debugged(_pair.Hedge.Port, mode), Is.EqualTo(expected));
    }

    private string Debugged(int port, string mode)
    {
        const string script = "redis.call('incr', 'k') redis.call('del', 'list') "
            + "redis.call('set', 'new', 'x')\n"
            + "redis.call('hset', 'hash', 'f', '2') return redis.call('dbsize')";
        using (ReplyPipe debugged = Open(port))
        {
            foreach (string line in (string[])["SET k 1 EX 1000", "RPUSH list a b", "HSET hash f 1 g 2"])
                debugged.Run(line);
            debugged.Run($"SCRIPT DEBUG {mode}");
            debugged.RunAll([["EVAL"u8.ToArray(), Encoding.Latin1.GetBytes(script), "0"u8.ToArray()]]);
            debugged.Run("s");
            debugged.Run("redis set other 1");
            debugged.Run("c");
        }

        using var pipe = new ReplyPipe(port);
        var text = new StringBuilder();
        string[] lines = ["GET k", "EXPIRETIME k", "LRANGE list 0 -1", "GET new", "GET other", "HGETALL hash",
            "DBSIZE"];
        foreach (string line in lines)
        {
            string reply = ReplyReader.Show(pipe.RunAll([CommandLine.Split(line)])[0]);
            text.AppendLine(line[0] == 'E' ? $"{reply.Length}" : reply);
        }

        return text.ToString();
    }

    private ReplyPipe Open(int port)
    {
        var pipe = new ReplyPipe(port);
        foreach (string line in (string[])["FLUSHALL", "SCRIPT FLUSH", "FUNCTION FLUSH", $"HELLO {protocol}"])
            pipe.Run(line);
        return pipe;
    }

    private static byte[][] Request(string line)
    {
        string[] parts = line.Split(' ', 3);
        return parts[0] switch
        {
            "lua" => ["EVAL"u8.ToArray(), Encoding.Latin1.GetBytes(line["lua ".Length..]), "0"u8.ToArray()],
            "lib" => ["FUNCTION"u8.ToArray(), "LOAD"u8.ToArray(), Library(parts[1], parts[2])],
            "relib" => ["FUNCTION"u8.ToArray(), "LOAD"u8.ToArray(), "REPLACE"u8.ToArray(),
                Library(parts[1], parts[2])],
            _ => CommandLine.Split(line),
        };
    }

    private static byte[] Library(string name, string text) =>
        Encoding.Latin1.GetBytes($"#!lua name={name}\n{text}");

    private static Dictionary<string, List<string>> Read()
    {
        string path = Path.Combine(Repository.Root, "Hedge.Tests", "Differential", "script-replies.txt");
        var parts = new Dictionary<string, List<string>>();
        List<string> part = [];
        foreach (string line in File.ReadLines(path))
        {
            if (line.Length == 0 || line[0] == '#') continue;
            if (line.StartsWith("== ", StringComparison.Ordinal)) parts.Add(line[3..], part = []);
            else part.Add(line);
        }

        return parts;
    }
}
