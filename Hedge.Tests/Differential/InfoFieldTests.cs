using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Every field of redis-server's INFO and MEMORY STATS is there, but those that
/// docs/commands.md names.</summary>
[TestFixture]
[Category("diff")]
internal sealed class InfoFieldTests
{
    // The compiler's, and of a main thread: there is none.
    private static readonly string[] LeftOut =
        ["atomicvar_api", "gcc_version", "used_cpu_sys_main_thread", "used_cpu_user_main_thread"];

    [Test]
    public async Task Every_field_is_there()
    {
        using ServerPair pair = await ServerPair.StartAsync();
        string[] redis = [.. Fields(pair.Redis.Port)], hedge = [.. Fields(pair.Hedge.Port)];
        Assert.That(redis.Except(hedge), Is.EquivalentTo(LeftOut));
    }

    [Test]
    public async Task Used_memory_is_not_more_than_is_resident()
    {
        using ServerPair pair = await ServerPair.StartAsync();
        using var pipe = new ReplyPipe(pair.Hedge.Port);
        for (int i = 0; i < 50; i++)
        {
            pipe.Run("COMMAND DOCS");
            string text = Encoding.Latin1.GetString(pipe.Run("INFO memory"));
            Assert.That(Value(text, "used_memory"), Is.LessThanOrEqualTo(Value(text, "used_memory_rss")));
            Assert.That(Value(text, "used_memory_startup"), Is.GreaterThan(0));
            Assert.That(Value(text, "used_memory_dataset") + Value(text, "used_memory_overhead"),
                Is.EqualTo(Value(text, "used_memory")));
        }
    }

    private static long Value(string text, string name) =>
        long.Parse(text.Split("\r\n").First(l => l.StartsWith(name + ":", StringComparison.Ordinal))
            [(name.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture);

    private static IEnumerable<string> Fields(int port)
    {
        using var pipe = new ReplyPipe(port);
        string text = Encoding.Latin1.GetString(pipe.Run("INFO"));
        foreach (string line in text.Split("\r\n").Where(l => l.Contains(':', StringComparison.Ordinal)))
            yield return line.Split(':')[0];
        string stats = Encoding.Latin1.GetString(pipe.Run("MEMORY STATS"));
        foreach (string line in stats.Split("\r\n"))
        {
            bool isName = line.Length > 0 && char.IsAsciiLetter(line[0])
                && (line.Contains('.', StringComparison.Ordinal) || line == "fragmentation");
            if (isName && !line.StartsWith("db.", StringComparison.Ordinal)) yield return line;
        }
    }
}
