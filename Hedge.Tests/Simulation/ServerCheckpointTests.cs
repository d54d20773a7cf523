using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Tests.Simulation.Worlds;
using NUnit.Framework;

namespace Hedge.Tests.Simulation;

/// <summary>SAVE, BGSAVE and DEBUG RELOAD come to an end, also on a failing disk and under constant writes,
/// and the server's log says when the disk fails and when it works again.</summary>
[TestFixture]
[Category("sim")]
public sealed class ServerCheckpointTests
{
    private static readonly string[] Failures = ["run", "MANIFEST", "log"];

    [Test]
    public void A_checkpoint_on_a_failing_disk_answers_an_error(
        [ValueSource(nameof(Failures))] string file, [Values("SAVE", "DEBUG RELOAD")] string command,
        [Values(1, 2)] int cores)
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            using Run run = new(seed, cores);
            run.Call("SET a 1");
            SimDiskFault fault = FaultOf(file);
            run.World.Disk.Faults.Add(fault);
            if (file == "log") run.Post("SET b 2");
            Assert.That(run.Call(command), Does.StartWith("-ERR"), $"seed {seed}");
            Assert.That(fault.Struck, Is.Positive, $"seed {seed}");
            Assert.That(run.Persistence(), Does.Contain("rdb_last_bgsave_status:err"), $"seed {seed}");
            run.Call("BGSAVE");
            for (int i = 0; i < 200 && run.Persistence().Contains("bgsave_in_progress:1"); i++) run.Pass();
            Assert.That(run.Persistence(), Does.Contain("rdb_bgsave_in_progress:0"), $"seed {seed}");
            Assert.That(run.Persistence(), Does.Contain("rdb_last_bgsave_status:err"), $"seed {seed}");
            Assert.That(run.Call("DEBUG RELOAD NOSAVE"), Is.EqualTo("+OK"), $"seed {seed}");
            if (file == "log")
            {
                Assert.That(run.Call("SHUTDOWN"), Is.EqualTo("-ERR Errors trying to SHUTDOWN. Check logs."));
                continue;
            }

            run.World.Disk.Faults.Clear();
            for (int i = 0; i < 20; i++) run.Pass();
            Assert.That(run.Call("SAVE"), Is.EqualTo("+OK"), $"seed {seed}");
            Assert.That(run.Persistence(), Does.Contain("rdb_last_bgsave_status:ok"), $"seed {seed}");
        }
    }

    [Test]
    public void The_server_s_log_says_once_when_writes_are_refused_and_once_when_not_any_more()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            using Run run = new(seed, cores: 1);
            SimDiskFault full = FaultOf("log", Errno.NoSpace);
            run.World.Disk.Faults.Add(full);
            for (int i = 0; i < 50 && run.Call("SET a 1") == "+OK"; i++) run.Pass();
            Assert.That(run.Call("SET a 1"), Does.StartWith("-MISCONF"), $"seed {seed}");
            full.Times = 0;
            for (int i = 0; i < 100 && run.Call("SET a 1") != "+OK"; i++) run.Pass();
            for (int i = 0; i < 10; i++) run.Pass();
            string[] refused = [.. run.Log.Where(line => line.Contains("MISCONF"))];
            string[] accepted = [.. run.Log.Where(line => line.Contains("accepted"))];
            Assert.That(refused, Has.Length.EqualTo(1), $"seed {seed}");
            Assert.That(refused[0], Does.Match(@"data/log/0-\d+\.log: errno 28 \(No space"), $"seed {seed}");
            Assert.That(accepted, Has.Length.EqualTo(1), $"seed {seed}");
        }
    }

    [Test]
    public void The_server_s_log_says_once_when_flushes_fail_and_once_when_not_any_more()
    {
        using Run run = new(1, cores: 1);
        run.Call("SET a 1");
        run.World.Disk.Faults.Add(FaultOf("run"));
        run.Call("SAVE");
        for (int i = 0; i < 50; i++) run.Pass();
        run.World.Disk.Faults.Clear();
        for (int i = 0; i < 50; i++) run.Pass();
        string[] lines = [.. run.Log.Where(line => line.Contains("flush"))];
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.Match(@"cannot flush partition \d.*/\d+\.run: errno 5 "));
        Assert.That(lines[1], Does.Contain("again"));
    }

    [Test]
    public void A_load_during_which_a_log_fails_is_answered_with_what_became_of_it_or_that_nobody_knows()
    {
        int done = 0;
        int unknown = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            using Run run = new(seed, cores: 1);
            run.Call("SET a 1");
            SimClient loader = run.World.AddClient([new SimAction([SimFiles.LoadOf(2, SimRun.Keys)])]);
            for (ulong i = 0; i < seed * seed * 4; i++) run.World.Step();
            run.World.Disk.Faults.Add(FaultOf("log"));
            run.Post("SET b 1");
            string? reply = null;
            for (int i = 0; i < 100 && reply is null; i++)
            {
                run.Pass();
                reply = run.World.History.Find(op => op.Client == loader.Index)?.Reply;
            }

            if (reply == $":{SimRun.Keys.Length}") done++;
            else if (reply?.Contains("may take effect", StringComparison.Ordinal) == true) unknown++;
            else Assert.That(reply, Does.StartWith("-MISCONF").And.Contain("AOF"), $"seed {seed}, not begun");
        }

        TestContext.Out.WriteLine($"{done} done, {unknown} unknown");
        Assert.That(done, Is.Positive);
        Assert.That(unknown, Is.Positive);
    }

    [Test]
    public void A_reload_under_constant_writes_comes_to_an_end([Values(1, 2)] int cores)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            using Run run = new(seed, cores);
            for (int client = 0; client < 6; client++)
            {
                run.World.AddClient(Enumerable.Range(0, 2000)
                    .Select(i => SimAction.Of("SET", $"k{i % 8}", $"{i}".PadLeft(1500, '.'))));
            }

            for (int i = 0; i < 1000; i++) run.World.Step();
            // It takes 200 to 450 steps; when writes go on meanwhile, 5,000 and more.
            Assert.That(run.Call("DEBUG RELOAD", 2000), Is.EqualTo("+OK"), $"seed {seed}");
            int written = run.World.History.Count(op => !op.IsPending);
            for (int i = 0; i < 1000; i++) run.World.Step();
            Assert.That(run.World.History.Count(op => !op.IsPending), Is.GreaterThan(written));
        }
    }

    private static SimDiskFault FaultOf(string file, int errno = Errno.IoError) => new()
    {
        Errno = errno,
        Kind = SimDiskFaultKind.Fail,
        When = operation => operation.Kind is SimDiskOperationKind.Write
            && (file == "log"
                ? operation.Path.Contains("/log/", StringComparison.Ordinal)
                : file == "run"
                    ? operation.Path.EndsWith(".run", StringComparison.Ordinal)
                    : operation.Path.Contains(file, StringComparison.Ordinal)),
        Times = int.MaxValue,
    };

    /// <summary>A world that is asked one command at a time.</summary>
    private sealed class Run : IDisposable
    {
        public Run(ulong seed, int cores)
        {
            World = new SimWorld(seed, new SimServerOptions { Cores = cores, Fsync = AppendFsync.EverySec });
            World.Start();
            World.Server!.Group.Server.Log = (_, text) => Log.Add(text);
        }

        public SimWorld World { get; }

        public List<string> Log { get; } = [];

        /// <summary>Sends a command; nobody waits for the reply.</summary>
        public SimClient Post(string line) => World.AddClient([new SimAction([line.Split(' ')])]);

        /// <summary>Sends a command and waits for its reply.</summary>
        public string Call(string line, int stepsMax = 20_000)
        {
            SimClient client = Post(line);
            for (int i = 0; i < stepsMax; i++)
            {
                if (World.History.Find(op => op.Client == client.Index) is { IsPending: false } op)
                    return op.Reply!;
                World.Step();
            }

            throw new SimFailureException($"{line} is not answered");
        }

        /// <summary>INFO persistence.</summary>
        public string Persistence() => Call("INFO persistence");

        /// <summary>Lets a tenth of a second pass.</summary>
        public void Pass()
        {
            long end = World.Clock.UnixMilliseconds + 100;
            while (World.Clock.UnixMilliseconds < end) World.Step();
        }

        public void Dispose() => World.Dispose();
    }
}
