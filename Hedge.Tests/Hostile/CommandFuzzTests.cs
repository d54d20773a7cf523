using System.Globalization;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Tests.Commands;
using Hedge.Tests.Processes;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Hostile;

/// <summary>
/// Every declared command with every argument at lengths and numbers around every limit, alone and in a
/// transaction, on empty and on cold databases: one reply each, no fault, and the server goes on. From one
/// seed.
/// </summary>
[TestFixture]
[Category("sim")]
public sealed class CommandFuzzTests
{
    private const int ValuesPerArgument = 7;
    private const int Megabyte = 1 << 20;

    private static readonly int[] Lengths = [0, 1, 65_535, 65_536, 70_000, Megabyte];

    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "34359738367", "34359738368", "34359738369",
        "536870911", "536870912", "536870913", "2097151", "2097152", "16383", "16384", "65535", "65536",
        "1023", "1024", "nan", "inf", "-inf", "-0", "1e308", "1e-320", "1e999999999", "-1e4932",
        "0x1p3", "1.", ".5",
        "+1", " 1", "1 ", "#0", "#9223372036854775807", "u63", "i64", "u64", "i65", "-", "+", "(1", "[a",
        "$", "*", "\0", "\r\n", "[", "[^", "\\", "{}", "{a", "a*\0",
    ];

    // These end the server, or a test of their own is needed for what they do to a connection.
    private static readonly HashSet<string> Left = ["SHUTDOWN"];

    // These answer with more or fewer replies than one, wait, or close the connection.
    private static readonly HashSet<string> Odd =
    [
        "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",
        "QUIT", "RESET", "CLIENT|REPLY", "CLIENT|TRACKING", "CLIENT|KILL", "CLIENT|PAUSE", "WAIT", "WAITAOF",
        "MULTI", "EXEC", "DISCARD",
    ];

    [TestCase(1, 2)]
    [TestCase(2, 3)]
    public void No_argument_ends_the_server_or_goes_unanswered(int cores, int protocol)
    {
        long requests = 0;
        foreach (ulong seed in SimCounts.Seeds(1))
        {
            var run = new Run(seed, cores, protocol);
            try
            {
                run.Go();
            }
            catch (SimFailureException problem)
            {
                throw new SimFailureException($"seed {seed}, request {run.Shown}: {problem.Message}");
            }
            finally
            {
                run.World.Dispose();
            }

            requests += run.Requests;
            Assert.That(run.Requests, Is.GreaterThan(3000));
        }

        Figures.Count($"command-arguments-{cores}", ("requests", requests), ("seed", SimCounts.FirstSeed),
            ("ends", 0));
    }

    private sealed class Run(ulong seed, int cores, int protocol)
    {
        private readonly Random _random = new((int)seed);
        private SimRequester? _client;

        public SimWorld World { get; } = new(seed, new SimServerOptions
        {
            Cores = cores,
            BulkBytesMax = 2 * Megabyte,
            MemtableBytes = 256 * 1024,
            ShrinksRuns = false,
        })
        { ForgetProbability = 0.02 };

        public long Requests { get; private set; }

        public long Errors { get; private set; }

        public string Shown { get; private set; } = "";

        public void Go()
        {
            World.Start();
            var server = World.Server!.Group.Server;
            server.EndProcess = static text => throw new SimFailureException(text);
            server.Log = (_, text) =>
            {
                if (text.Contains("has failed before", StringComparison.Ordinal)) Fault = text;
            };
            SyntaxGenerator generator = new(_random) { WrongShare = 0 };
            foreach (Command command in server.Commands.All)
            {
                if (Left.Contains(command.Spec.Name)) continue;
                Fill();
                byte[][] sample = generator.Next(command.Spec);
                int names = command.Spec.Name.Contains('|', StringComparison.Ordinal) ? 2 : 1;
                for (int at = names; at <= sample.Length; at++) Try(command, generator, at);
            }
        }

        private string? Fault { get; set; }

        private void Try(Command command, SyntaxGenerator generator, int at)
        {
            foreach (byte[] value in Values())
            {
                List<byte[]> request = [.. generator.Next(command.Spec)];
                if (at < request.Count) request[at] = value;
                else request.Add(value);
                Shown = string.Join(' ', request.Select(Show));
                bool isOdd = Odd.Contains(command.Spec.Name)
                    || (command.Spec.Flags & CommandFlags.Blocking) != 0;
                Requests++;
                if (isOdd) SendOdd(request);
                else Send(request, inTransaction: _random.Next(4) == 0);
                if (Fault != null) throw new SimFailureException(Fault);
                if (_random.Next(40) == 0) Forget();
            }
        }

        private IEnumerable<byte[]> Values()
        {
            foreach (int length in Lengths)
            {
                // The longest ones seldom: they take the time.
                if (length < Megabyte || _random.Next(8) == 0)
                {
                    char filling = _random.Next(2) == 0 ? '7' : 'k';
                    yield return Encoding.ASCII.GetBytes(new string(filling, length));
                }
            }

            for (int i = 0; i < ValuesPerArgument; i++)
                yield return Encoding.Latin1.GetBytes(Numbers[_random.Next(Numbers.Length)]);
        }

        private void Send(List<byte[]> request, bool inTransaction)
        {
            SimRequester client = _client ??= Connect();
            if (inTransaction) client.Send(["MULTI"u8.ToArray()]);
            client.Send(request);
            if (inTransaction) client.Send(["EXEC"u8.ToArray()]);
            client.Send(["ECHO"u8.ToArray(), Encoding.ASCII.GetBytes(Token)]);
            for (int replies = inTransaction ? 3 : 1; replies > 0; replies--)
            {
                byte[] reply = client.Read();
                if (reply.Length == 0) break;
                if (reply[0] == (byte)'-') Errors++;
            }

            string last = client.IsClosed ? "" : ReplyReader.Show(client.Read());
            // HELLO, AUTH and the like may close, or change what a reply looks like.
            if (client.IsClosed) _client = null;
            else if (!last.Contains(Token, StringComparison.Ordinal))
                throw new SimFailureException($"the reply after it is {last}");
        }

        private string Token => string.Create(CultureInfo.InvariantCulture, $"token{Requests}");

        private void SendOdd(List<byte[]> request)
        {
            SimRequester odd = Connect();
            // Connected before: a pause holds HELLO, too.
            SimRequester other = Connect();
            odd.Send(request);
            odd.Ignore(60);
            odd.Vanish();
            other.Call("CLIENT UNPAUSE");
            string pong = other.Call("PING");
            if (!pong.StartsWith("+PONG", StringComparison.Ordinal)) throw new SimFailureException(pong);
            other.Vanish();
        }

        private SimRequester Connect()
        {
            var client = new SimRequester(World, _random.Next(cores));
            client.Call($"HELLO {protocol}");
            return client;
        }

        private void Fill()
        {
            SimRequester client = Connect();
            client.Call("FLUSHALL");
            // Half of the commands find an empty server, the others one whose data is on disk.
            if (_random.Next(2) == 0)
            {
                client.Call("MSET a 10 b hello key:1 3.5 {tag}x 7");
                client.Call($"SETRANGE c {_random.Next(70_000)} end");
                client.Call("SAVE");
                Forget();
            }

            client.Vanish();
        }

        private void Forget()
        {
            for (int i = 0; i < World.Options.Partitions; i++) World.Server!.Forget(i);
        }

        private static string Show(byte[] argument) => argument.Length > 40
            ? string.Create(CultureInfo.InvariantCulture, $"<{argument.Length} × {(char)argument[0]}>")
            : ReplyReader.Show(argument);
    }
}
