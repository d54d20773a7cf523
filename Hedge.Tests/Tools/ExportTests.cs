using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Tools;
using Hedge.Host.Tools.Imports;
using Hedge.Tests.Servers;
using NUnit.Framework;

namespace Hedge.Tests.Tools;

/// <summary>"hedge export" and redis-cli --rdb: all keys of one moment, while clients write.</summary>
internal sealed class ExportTests(int cores, string io) : ServerFixture(cores, io)
{
    private const int Pairs = 64;

    private string _folder = "";

    protected override IReadOnlyList<(string Name, string Value)> Settings => [("memtable-bytes", "64kb")];

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("hedge-export-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_file_is_of_one_moment_while_clients_write()
    {
        using var stop = new CancellationTokenSource();
        Task writing = Task.Run(() => Write(stop.Token));
        long last = -1;
        for (int i = 0; i < 4; i++)
        {
            string path = Path.Combine(_folder, $"{i}.rdb");
            ToolRun run = await ExportAsync(path);
            Assert.That(run.ExitCode, Is.Zero, run.Errors);
            SortedDictionary<string, string> values = ValuesOf(path);
            if (values.Count == 0) continue;
            Assert.That(values, Has.Count.EqualTo(Pairs));
            Assert.That(values.Values.Distinct().Count(), Is.EqualTo(1), "all of a transaction");
            long value = long.Parse(values.Values.First(), null);
            Assert.That(value, Is.GreaterThanOrEqualTo(last));
            last = value;
        }

        await stop.CancelAsync();
        await writing;
        Assert.That(last, Is.Positive);
        Connect().Call("FLUSHALL", "+OK\n");
    }

    [Test]
    public async Task A_file_is_replaced_only_if_that_is_wanted_and_a_failed_export_leaves_none()
    {
        string path = Path.Combine(_folder, "a.rdb");
        Assert.That((await ExportAsync(path)).ExitCode, Is.Zero);
        ToolRun run = await ExportAsync(path);
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Failed));
        Assert.That(run.Errors, Does.Contain("is there already"));
        Assert.That((await ExportAsync(path, "--replace")).ExitCode, Is.Zero);
        run = await ToolRun.OfAsync(
            "export", "--rdb", Path.Combine(_folder, "b.rdb"), "--server", "127.0.0.1:1");
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Failed));
        Assert.That(Directory.GetFiles(_folder), Is.EqualTo([path]));
        run = await ExportAsync(Path.Combine(_folder, "none", "c.rdb"));
        Assert.That((run.ExitCode, run.Errors.Contains("Could not find", StringComparison.Ordinal)),
            Is.EqualTo((ToolExit.Failed, true)), run.Errors);
        string fresh = Path.Combine(_folder, "fresh");
        run = await ToolRun.OfAsync("export", "--rdb", Path.Combine(_folder, "d.rdb"), "--dir", fresh);
        Assert.That(run.Errors, Does.Contain("fresh is no data directory"));
        Assert.That((run.ExitCode, Directory.Exists(fresh)), Is.EqualTo((ToolExit.Failed, false)));
    }

    [Test]
    public async Task Times_of_fields_that_the_file_has_no_place_for_are_told()
    {
        RawClient client = Connect();
        client.Call("HSET h a 1 b 2\nHEXPIRE h 1000 FIELDS 1 a\nHSET gone a 1\nSET s 1",
            ":2\n*1\n:1\n:1\n+OK\n");
        string path = Path.Combine(_folder, "a.rdb");
        ToolRun run = await ExportAsync(path);
        Assert.That(run.ExitCode, Is.EqualTo(ToolExit.Incomplete));
        Assert.That(run.Errors, Does.Contain("1 hashes have fields with a time to live"));
        Assert.That(run.Output, Does.Contain("keys: 3\n"));
        client.Call("FLUSHALL", "+OK\n");
    }

    [Test]
    public void Who_would_wait_for_changes_is_refused()
    {
        RawClient client = Connect();
        client.Call("SYNC", "-ERR Hedge has no replication\n");
        client.Call("REPLCONF listening-port 1234", "-ERR Hedge has no replication\n");
        client.Call("REPLCONF capa eof capa psync2", "+OK\n");
        client.Call("SYNC", "-ERR Hedge has no replication\n");
        client.Call("REPLCONF rdb-only 1\nREPLCONF rdb-filter-only functions\nREPLCONF rdb-only",
            "+OK\n+OK\n-ERR syntax error\n");
        client.Call("REPLCONF rdb-filter-only keys", "-ERR Unsupported rdb-filter-only option: keys\n");
        client.Call("MULTI\nSYNC\nDISCARD", "+OK\n-ERR Command not allowed inside a transaction\n+OK\n");
    }

    [Test]
    public async Task Clients_that_leave_or_do_not_read_keep_nobody()
    {
        RawClient client = Connect();
        string value = new('x', 10_000);
        for (int i = 0; i < 2000; i++) client.Call($"SET k{i} {value}{i}", "+OK\n");
        for (int i = 0; i < 20; i++)
        {
            RawClient leaver = Connect(receiveBufferBytes: 4096);
            leaver.Call("REPLCONF rdb-only 1", "+OK\n");
            leaver.Send("SYNC");
            leaver.Expect("$EOF:");
            if (i % 2 == 0) leaver.Dispose();
        }

        client.Call("PING\nSET a b\nGET k7", $"+PONG\n+OK\n$10001\n{value}7\n");
        string path = Path.Combine(_folder, "a.rdb");
        CloseClients();
        ToolRun run = await ExportAsync(path);
        Assert.That(run.ExitCode, Is.Zero, run.Errors);
        Assert.That(run.Output, Does.Contain("keys: 2001\n"));
        Connect().Call("FLUSHALL", "+OK\n");
    }

    private Task<ToolRun> ExportAsync(string path, params string[] more) => ToolRun.OfAsync(
        ["export", "--rdb", path, "--server", $"127.0.0.1:{Server.Port}", "--quiet", .. more]);

    private void Write(CancellationToken stop)
    {
        using var connection = ToolConnection.Open(
            ServerAddress.Parse($"127.0.0.1:{Server.Port}"), ToolTls.Usual);
        for (int value = 1; !stop.IsCancellationRequested; value++)
        {
            connection.Call("MULTI");
            for (int i = 0; i < Pairs; i++) connection.Call("SET", $"pair{i}", $"{value}");
            var reply = connection.Call("EXEC");
            Assert.That(reply.Children, Has.Count.EqualTo(Pairs));
        }
    }

    private static SortedDictionary<string, string> ValuesOf(string path)
    {
        using var file = new MappedFile(path);
        var sink = new Values();
        using var reader = new RdbReader(file, sink);
        reader.Read();
        return sink.All;
    }

    private sealed class Values : IRdbSink
    {
        public SortedDictionary<string, string> All { get; } = new(StringComparer.Ordinal);

        public void TakeKey(in RdbKey key, PayloadCursor body)
        {
            using var memory = new PayloadMemory();
            Assert.That(body.TryString(memory, out ReadOnlySpan<byte> value));
            All.Add(Encoding.ASCII.GetString(key.Name), Encoding.ASCII.GetString(value));
        }
    }
}
