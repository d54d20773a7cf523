using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Commands;

/// <summary>
/// Base of fixtures that send the same commands to Hedge's commands (on a <see cref="CommandHarness"/>) and
/// to redis-server 7.0.15 and expect the same bytes: derive, add [TestFixture] and [Category("diff")], call
/// <see cref="Same(string[])"/>. Each call starts from empty databases.
/// </summary>
public abstract class OracleFixture
{
    /// <summary>Hedge's side. Its clock follows the wall clock.</summary>
    protected CommandHarness Hedge { get; private set; } = null!;

    /// <summary>Redis's side.</summary>
    protected Oracle Redis { get; private set; } = null!;

    [OneTimeSetUp]
    public void StartOracle()
    {
        if (!Oracle.Available) Assert.Ignore("redis-server is not installed: nothing to compare with");
        Redis = Oracle.Start();
    }

    [OneTimeTearDown]
    public void StopOracle() => Redis?.Dispose();

    [TearDown]
    public void DisposeHarness()
    {
        Hedge?.Dispose();
        Hedge = null!;
    }

    /// <summary>Both sides answer the same to these command lines, run in order on empty databases, in RESP2
    /// and RESP3, with every key in memory and with every first look-up missing.</summary>
    protected void Same(params string[] lines) => Same(Array.ConvertAll(lines, CommandLine.Split));

    /// <inheritdoc cref="Same(string[])"/>
    protected void Same(IReadOnlyList<byte[][]> commands)
    {
        foreach (int protocol in (int[])[2, 3])
        {
            Reset(protocol, missesFirst: protocol == 3);
            for (int i = 0; i < commands.Count; i++)
            {
                if (SameReply(commands[i], out string difference)) continue;
                IEnumerable<string> before = commands.Take(i).Select(c => CommandLine.Join(c));
                Assert.Fail($"RESP{protocol}, after\n{string.Join('\n', before.TakeLast(20))}\n{difference}");
            }
        }
    }

    /// <summary>Empties both sides and switches both to a protocol version.</summary>
    protected void Reset(int protocol, bool missesFirst = false)
    {
        Hedge?.Dispose();
        Hedge = new CommandHarness(missesFirst);
        Redis.Run("HELLO 2");
        Redis.Run("FLUSHALL");
        Redis.Run($"HELLO {protocol}");
        Hedge.Protocol = protocol;
    }

    /// <summary>Runs one command on both sides and compares.</summary>
    protected bool SameReply(byte[][] command, out string difference)
    {
        Hedge.Databases.NowMilliseconds = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        byte[] expected = Redis.Execute(command);
        byte[] actual = Hedge.Execute(command);
        bool same = expected.AsSpan().SequenceEqual(actual);
        difference = same ? "" : $"{CommandLine.Join(command)}\nredis: {ReplyReader.Show(expected)}\n"
            + $"hedge: {ReplyReader.Show(actual)}";
        return same;
    }

    /// <summary>A word as argument bytes (Latin-1).</summary>
    protected static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);
}
