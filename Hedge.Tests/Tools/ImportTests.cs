using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Imports;
using Hedge.Tests.Commands.Keys.Payloads;
using Hedge.Tests.Processes;
using NUnit.Framework;

namespace Hedge.Tests.Tools;

/// <summary>"hedge import": what is told, what is left out, and how it ends.</summary>
[TestFixture]
[Category("process")]
internal sealed class ImportTests
{
    private ServerProcess _server = null!;
    private ServerContents _contents = null!;
    private string _folder = "";

    [OneTimeSetUp]
    public async Task Start()
    {
        _server = await ServerProcess.StartAsync(new ServerLaunch
        {
            Kind = ServerKind.Hedge,
            Settings = [("cores", "2"), ("collection-node-bytes", "64"), ("memtable-bytes", "64kb")],
        });
        _contents = new ServerContents(_server.Port);
        _folder = Directory.CreateTempSubdirectory("hedge-import-").FullName;
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _contents?.Dispose();
        _server?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [SetUp]
    public void Empty() => _contents.Call("FLUSHALL");

    [Test]
    public async Task Keys_that_are_there_stay_unless_they_are_to_be_replaced()
    {
        _contents.Call("SET", "s", "old");
        _contents.Call("RPUSH", "l", "old");
        string file = Write(new RdbFile().Key(0, "s", 3, (byte)'n', (byte)'e', (byte)'w')
            .Key(1, "l", 1, 1, (byte)'x').Key(0, "t", 0xC0, 5).Bytes());
        ToolRun run = await ImportAsync(file);
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Incomplete), run.Errors);
        Assert.That(run.Output, Does.Contain("there already, kept as they were: 2\n"));
        Assert.That(_contents.Call("MGET", "s", "t").Children.Select(c => c.Text), Is.EqualTo(["old", "5"]));
        run = await ImportAsync(file, "--replace");
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(_contents.Call("MGET", "s", "t").Children.Select(c => c.Text), Is.EqualTo(["new", "5"]));
        Assert.That(_contents.Call("LRANGE", "l", "0", "-1").Children.Select(c => c.Text), Is.EqualTo(["x"]));
    }

    [Test]
    public async Task Nothing_is_sent_of_a_file_that_is_damaged_or_has_modules()
    {
        byte[] good = new RdbFile().Key(0, "a", 1, (byte)'x').Key(7, "mod", 1, 0)
            .Key(0, "b", 1, (byte)'y').Bytes();
        ToolRun run = await ImportAsync(Write(good));
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Failed));
        Assert.That(run.Errors, Does.Contain("the key \"mod\" is of the module type"));
        run = await ImportAsync(Write(good[..^9]), "--skip-modules");
        Assert.That(run.Errors, Does.Contain("it ends too early"));
        Assert.That(_contents.Call("DBSIZE").Integer, Is.Zero);
        run = await ImportAsync(Write(good), "--skip-modules");
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Incomplete));
        Assert.That(run.Output, Does.Contain("of modules, left out: 1\n"));
        Assert.That(_contents.Call("DBSIZE").Integer, Is.EqualTo(2));
    }

    [Test]
    public async Task What_has_expired_is_left_out_and_what_is_malformed_is_refused_by_name()
    {
        ToolRun run = await ImportAsync(Write(new RdbFile()
            .Add(0xFC, 0xE8, 3, 0, 0, 0, 0, 0, 0).Key(0, "old", 1, (byte)'x')
            .Key(16, "broken", 3, 1, 2, 3).Key(0, "good", 1, (byte)'x').Bytes()));
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Incomplete));
        Assert.That(run.Output, Does.Contain("expired before, left out: 1\n"));
        Assert.That(run.Output, Does.Contain("refused by the server: 1\n"));
        Assert.That(run.Errors, Does.Contain("refused: \"broken\": ERR Bad data format"));
        Assert.That(_contents.Call("KEYS", "*").Children.Select(c => c.Text), Is.EqualTo(["good"]));
    }

    [TestCase("", "")]
    [TestCase("*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1", "ends within a command, at offset 66")]
    [TestCase("*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n", "ends within a transaction")]
    public async Task Commands_are_sent_up_to_the_last_whole_one(string ending, string told)
    {
        const string commands = "#TS:1700000000\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n"
            + "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
        ToolRun run = await ImportAsync(Write(Encoding.ASCII.GetBytes(commands + ending)));
        Assert.That(run.ExitCode, Is.EqualTo(told == "" ? ToolExit.Done : ToolExit.Incomplete), run.Errors);
        Assert.That(run.Errors, Does.Contain(told));
        Assert.That(_contents.Call("KEYS", "*").Children.Select(c => c.Text), Is.EqualTo(["a"]));
    }

    [Test]
    public async Task What_is_no_such_file_is_refused()
    {
        foreach ((string source, string told) in new[]
        {
            (Path.Combine(_folder, "none"), "there is no "),
            (Write("hello"u8.ToArray()), "does not begin"),
            (_folder, "no manifest"), ("redis://127.0.0.1:1", "cannot connect"), ("http://x", "no scheme"),
            (Write([.. new RdbFile().Bytes(), 1, 2]), "bytes behind the end"),
            (Write("*x\r\n"u8.ToArray()), "invalid multibulk length"),
        })
        {
            ToolRun run = await ImportAsync(source);
            Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Failed), source);
            Assert.That(run.Errors, Does.Contain(told));
        }

        string fresh = Path.Combine(_folder, "fresh");
        ToolRun unmade = await ToolRun.OfAsync("import", Path.Combine(_folder, "none"), "--dir", fresh);
        Assert.That((unmade.ExitCode, Directory.Exists(fresh)), Is.EqualTo((ToolExit.Failed, false)));
        ToolRun nowhere = await ToolRun.OfAsync(
            "import", Write(new RdbFile().Bytes()), "--server", "127.0.0.1:1");
        Assert.That(nowhere.Errors, Does.Contain("cannot connect to 127.0.0.1:1"));
    }

    [Test]
    public async Task An_import_from_a_server_goes_on_where_it_was()
    {
        using ServerProcess source =
            await ServerProcess.StartAsync(new ServerLaunch { Kind = ServerKind.Hedge });
        using var from = new ServerContents(source.Port);
        for (int i = 0; i < 3000; i++) from.Call("SET", $"k{i}", $"{i}");
        string cursor = from.Call("SCAN", "0", "COUNT", "1000")[0].Text;
        string state = Path.Combine(_folder, "state");
        new ImportState($"127.0.0.1:{source.Port}", 0, cursor, 1000).Write(state);
        ToolRun run = await ImportAsync($"redis://127.0.0.1:{source.Port}", "--state", state);
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Errors, Does.Contain("going on after 1000 keys"));
        Assert.That(_contents.Call("DBSIZE").Integer, Is.InRange(1500, 2100));
        Assert.That(File.Exists(state), Is.False);
        new ImportState("127.0.0.1:1", 0, "0", 0).Write(state);
        run = await ImportAsync($"redis://127.0.0.1:{source.Port}", "--state", state);
        Assert.That(run.Errors, Does.Contain("is about an import from 127.0.0.1:1"));
    }

    [Test]
    public void Long_collections_are_sent_in_parts()
    {
        var elements = new CollectedElements();
        for (int i = 0; i < 5000; i++)
        {
            elements.Elements.Add((Encoding.ASCII.GetBytes($"member {i}"),
                Encoding.ASCII.GetBytes($"{i}"), (i / 3.0) - 100));
        }

        foreach (DumpType type in (DumpType[])
            [DumpType.ListOfListpacks, DumpType.Set, DumpType.SortedSet, DumpType.Hash])
        {
            byte[] payload = elements.Write(type);
            var counts = new ImportCounts();
            var progress = new ToolProgress(TextWriter.Null, isQuiet: true, isTerminal: false);
            using var target = new ImportTarget(ToolConnection.Open(
                ServerAddress.Parse($"127.0.0.1:{_server.Port}"), ToolTls.Usual),
                counts, progress);
            foreach ((string name, long most) in new[] { ("parts", 100L), ("whole", long.MaxValue) })
            {
                using var sender = new KeySender(target, replaces: true, counts, most);
                sender.Send(new RdbKey
                {
                    Name = Encoding.ASCII.GetBytes(name),
                    Type = (DumpType)payload[0],
                    ExpireAt = 4_000_000_000_000,
                    IdleSeconds = -1,
                    Frequency = -1,
                }, PayloadCursor.OfBody(payload));
            }

            target.Flush();
            Assert.That(counts.Refused, Is.Zero);
            SortedDictionary<string, string> all = _contents.All(1);
            Assert.That(all["0 parts"], Is.EqualTo(all["0 whole"]));
            Assert.That(all["0 parts"], Does.Contain("4000000000000"));
        }
    }

    private Task<ToolRun> ImportAsync(string source, params string[] more) =>
        ToolRun.OfAsync(["import", source, "--server", $"127.0.0.1:{_server.Port}", .. more]);

    private string Write(byte[] bytes)
    {
        string path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
