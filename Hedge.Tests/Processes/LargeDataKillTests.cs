using System.Diagnostics;
using System.Net.Sockets;
using NUnit.Framework;

namespace Hedge.Tests.Processes;

/// <summary>
/// Data of many times the memory, short and long values, under a mix of reads and writes, while the process
/// is killed again and again: every acknowledged write is there afterwards, and nothing else.
/// </summary>
[TestFixture]
public sealed class LargeDataKillTests
{
    private const int Clients = 4;
    private const int Pipeline = 16;

    [Test]
    [Category("process")]
    public Task Nothing_acknowledged_is_lost_of_more_than_fits_in_memory() =>
        Run(keys: 40_000, "48mb", TimeSpan.FromSeconds(10), secondsPerKill: 2);

    [Test]
    [Category("soak")]
    public Task Nothing_acknowledged_is_lost_in_ten_minutes_at_ten_times_the_memory() =>
        Run(keys: 2_000_000, "256mb", TimeSpan.FromMinutes(10), secondsPerKill: 5);

    private static async Task Run(int keys, string memory, TimeSpan time, double secondsPerKill)
    {
        int seed = TestSeed.Next();
        await TestContext.Progress.WriteLineAsync($"kills beyond memory: seed {seed}");
        var random = new Random(seed);
        Writer[] writers = [.. Enumerable.Range(0, Clients)
            .Select(i => new Writer(new VersionedKeys($"w{i}", keys / Clients), random.Next()))];
        string directory = Directory.CreateTempSubdirectory("hedge-kill-").FullName;
        var recovery = new List<double>();
        long resident = 0;
        int kills = 0;
        long began = Stopwatch.GetTimestamp();
        try
        {
            while (kills == 0 || Stopwatch.GetElapsedTime(began) < time)
            {
                ServerLaunch launch = LaunchOf(random, memory, directory);
                using ServerProcess server = await ServerProcess.StartAsync(launch);
                if (kills > 0) recovery.Add(server.StartTime.TotalMilliseconds);
                TimeSpan delay = kills == 0
                    ? Timeout.InfiniteTimeSpan
                    : TimeSpan.FromSeconds(secondsPerKill * (0.5 + random.NextDouble()));
                resident = Math.Max(resident, await WorkAndKill(server, writers, delay));
                kills++;
                foreach (Writer writer in writers)
                    Assert.That(writer.Problem, Is.Null, $"seed {seed}, kill {kills}");
            }

            using ServerProcess last = await ServerProcess.StartAsync(LaunchOf(random, memory, directory));
            await Task.WhenAll(writers.Select(w => Task.Run(() => w.ReadAll(last.Port))));
            foreach (Writer writer in writers) Assert.That(writer.Problem, Is.Null, $"seed {seed}, the end");
        }
        finally
        {
            Directory.Delete(directory, true);
        }

        Figures.Write($"kill-{memory}", new Dictionary<string, object>
        {
            ["seed"] = seed,
            ["kills"] = kills,
            ["keys"] = keys,
            ["acknowledged"] = writers.Sum(w => w.Written),
            ["read"] = writers.Sum(w => w.Read),
            ["lost"] = 0,
            ["resident-peak-mib"] = resident >> 20,
            ["recovery-p50-ms"] = Figures.Percentile(recovery, 0.5),
            ["recovery-max-ms"] = Figures.Percentile(recovery, 1),
        });
        Assert.That(writers.Sum(w => w.Written), Is.GreaterThan(keys), "so few writes prove nothing");
    }

    private static ServerLaunch LaunchOf(Random random, string memory, string directory) => new()
    {
        Directory = directory,
        Settings =
        [
            ("appendfsync", "always"),
            ("maxmemory", memory),
            ("cores", random.Next(2) == 0 ? "1" : "2"),
            ("io", random.Next(4) == 0 ? "portable" : "auto"),
            ("memtable-bytes", random.Next(2) == 0 ? "256kb" : "4mb"),
            ("log-segment-bytes", random.Next(2) == 0 ? "1mb" : "16mb"),
        ],
    };

    // The first time until everything has been written once, then for a time. Returns the most memory seen.
    private static async Task<long> WorkAndKill(ServerProcess server, Writer[] writers, TimeSpan delay)
    {
        using var end = new CancellationTokenSource();
        Task[] running = [.. writers.Select(w => Task.Run(() => w.Work(server.Port, end.Token)))];
        bool fills = delay == Timeout.InfiniteTimeSpan;
        long began = Stopwatch.GetTimestamp();
        long resident = 0;
        while (fills ? !writers.All(w => w.IsFilled || w.Problem != null)
            : Stopwatch.GetElapsedTime(began) < delay)
        {
            resident = Math.Max(resident, server.ResidentBytes);
            await Task.WhenAny(Task.WhenAll(running), Task.Delay(100));
        }

        server.Kill();
        await end.CancelAsync();
        await Task.WhenAll(running);
        return resident;
    }

    private sealed class Writer(VersionedKeys keys, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly MemoryStream _request = new();
        private readonly (int Key, int Version, bool IsWrite)[] _batch =
            new (int Key, int Version, bool IsWrite)[Pipeline];
        private int _filled;

        /// <summary>True once every key has been written.</summary>
        public bool IsFilled => Volatile.Read(ref _filled) >= keys.Count;

        public long Written { get; private set; }

        public long Read { get; private set; }

        /// <summary>The first thing that was wrong.</summary>
        public string? Problem { get; private set; }

        /// <summary>Reads and writes until the connection breaks.</summary>
        public void Work(int port, CancellationToken end)
        {
            try
            {
                using BulkClient client = new(port);
                while (!end.IsCancellationRequested && Problem == null) Batch(client, Next);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                // The server was killed: what has no reply may be there or not.
            }
        }

        /// <summary>Reads every key once.</summary>
        public void ReadAll(int port)
        {
            using BulkClient client = new(port);
            for (int first = 0; first < keys.Count && Problem == null; first += Pipeline)
            {
                int from = first;
                Batch(client, i => (Math.Min(from + i, keys.Count - 1), false));
            }
        }

        private void Batch(BulkClient client, Func<int, (int Key, bool IsWrite)> choose)
        {
            _request.SetLength(0);
            for (int i = 0; i < Pipeline; i++)
            {
                (int key, bool isWrite) = choose(i);
                if (isWrite) keys.AddSet(key, _request);
                else keys.AddGet(key, _request);
                _batch[i] = (key, keys.Sent(key), isWrite);
            }

            client.Send(_request.GetBuffer().AsSpan(0, (int)_request.Length));
            foreach ((int key, int version, bool isWrite) in _batch)
            {
                if (isWrite) Acknowledge(client.ReadLine(), key, version);
                else Problem ??= keys.Check(key, ReadValue(client), version);
            }
        }

        // First every key once; then half reads, half writes.
        private (int Key, bool IsWrite) Next(int number)
        {
            if (_filled < keys.Count) return (_filled++, true);
            return (_random.Next(keys.Count), _random.Next(2) == 0);
        }

        private void Acknowledge(string reply, int key, int version)
        {
            if (reply != "+OK") Problem ??= $"SET {keys.Name(key)}: {reply}";
            keys.Acknowledge(key, version);
            Written++;
        }

        private ReadOnlyMemory<byte>? ReadValue(BulkClient client)
        {
            Read++;
            return client.TryReadBulk();
        }
    }
}
