using System.Globalization;
using System.Text;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Members chosen at random: all are as likely, and SPOP removes what it replies.</summary>
[TestFixture]
[Category("diff")]
public sealed class RandomMemberTests
{
    private const int Members = 150;
    private const int Draws = 15_000;

    // A normal variable is above it once in 10^7 runs, so that all cases together fail by chance less than
    // once in 10^6.
    private const double Deviations = 5.2;

    private ServerProcess _server = null!;
    private ReplyPipe _pipe = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _server = await ServerProcess.StartAsync(new ServerLaunch { Settings = [("cores", "1")] });
        _pipe = new ReplyPipe(_server.Port);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _pipe?.Dispose();
        _server?.Dispose();
    }

    [TestCase("SRANDMEMBER s")]
    [TestCase("SRANDMEMBER s -500")]
    [TestCase("SRANDMEMBER s 50")]
    [TestCase("HRANDFIELD h")]
    [TestCase("HRANDFIELD h 50")]
    [TestCase("ZRANDMEMBER z")]
    [TestCase("ZRANDMEMBER z -500")]
    [TestCase("SPOP s")]
    [TestCase("SPOP s 30")]
    public void All_members_are_as_likely(string line)
    {
        Fill();
        int[] counts = new int[Members];
        int drawn = 0;
        while (drawn < Draws)
        {
            byte[][] request = CommandLine.Split(line);
            byte[][][] requests = [.. Enumerable.Range(0, 100).SelectMany<int, byte[][]>(
                _ => line.StartsWith("SPOP", StringComparison.Ordinal) ? [request, All] : [request])];
            byte[][] replies = _pipe.RunAll(requests);
            foreach (int member in replies.SelectMany(reply => Bulks(reply)))
            {
                counts[member]++;
                drawn++;
            }
        }

        // Without replacement the sum is smaller than chi-square.
        double expected = (double)drawn / Members;
        double sum = counts.Sum(count => (count - expected) * (count - expected) / expected);
        // Wilson and Hilferty's approximation.
        double part = 2.0 / (9 * (Members - 1));
        double bound = (Members - 1) * Math.Pow(1 - part + (Deviations * Math.Sqrt(part)), 3);
        Assert.That(sum, Is.LessThan(bound), string.Join(' ', counts));
    }

    [Test]
    public void Popped_members_were_there_and_are_gone([Values(1, 5, 200, 5000)] int size)
    {
        int seed = TestSeed.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        _pipe.RunAll([.. Enumerable.Range(0, size).Select(i => CommandLine.Split($"SADD p m{i}"))]);
        var left = Enumerable.Range(0, size).ToHashSet();
        while (left.Count > 0)
        {
            int count = random.Next(0, 1 + (size / 3) + 2);
            string line = count == 0 ? "SPOP p" : $"SPOP p {count}";
            List<int> popped = [.. Bulks(_pipe.Run(line))];
            Assert.That(popped, Has.Count.EqualTo(Math.Min(Math.Max(1, count), left.Count)), line);
            foreach (int member in popped) Assert.That(left.Remove(member), $"{line}: {member}");
            Assert.That(Bulks(_pipe.Run("SMEMBERS p")), Is.EquivalentTo(left));
            Assert.That(Encoding.ASCII.GetString(_pipe.Run("SCARD p")), Is.EqualTo($":{left.Count}\r\n"));
        }

        Assert.That(Encoding.ASCII.GetString(_pipe.Run("EXISTS p")), Is.EqualTo(":0\r\n"));
        Assert.That(Bulks(_pipe.Run("SPOP p 3")), Is.Empty);
    }

    private static byte[][] All =>
        CommandLine.Split("SADD s " + string.Join(' ', Enumerable.Range(0, Members).Select(i => $"m{i}")));

    private static IEnumerable<int> Bulks(byte[] reply) => Encoding.ASCII.GetString(reply).Split("\r\n")
        .Where(part => part.StartsWith('m'))
        .Select(part => int.Parse(part.AsSpan(1), CultureInfo.InvariantCulture));

    private void Fill()
    {
        byte[][][] requests = [CommandLine.Split("FLUSHALL"), All];
        for (int i = 0; i < Members; i++)
        {
            // Members and fields of all sizes of scores and values.
            requests = [.. requests, CommandLine.Split($"ZADD z {i % 7} m{i}"),
                CommandLine.Split($"HSET h m{i} {new string('v', 1 + (i * i % 300))}")];
        }

        _pipe.RunAll(requests);
    }
}
