using System.Text;
using Hedge.Storage;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Storage.Replays;
using Hedge.Tests.Simulation;

namespace Hedge.Tests.Logs;

/// <summary>One core's log on a simulated disk, with a list of all that was committed to it.</summary>
internal sealed class LogRig : IDisposable, ILogListener
{
    public const int Partitions = 4;
    private readonly ulong[] _next = new ulong[Partitions];

    public LogRig(ulong seed, SyncPolicy policy, LogSettings? settings = null, SimDisk? disk = null,
        bool isStaged = false)
    {
        Clock = (SimClock?)disk?.Clock ?? new SimClock();
        Disk = disk ?? new SimDisk(seed, Clock);
        Chance = new SimSeed(seed ^ 0xABCDEF);
        Settings = settings ?? new LogSettings { SegmentBytes = 4096 };
        if (disk is null)
        {
            Disk.CreateDirectory("data");
            Disk.SyncDirectory("/");
        }

        LogCatalog catalog = LogCatalog.Open(Disk, "data");
        catalog.DeleteAll(Disk);
        Queue = Disk.CreateQueue();
        Pool = new LogSegmentPool(Disk, Chance.Split(), "data", 0, catalog.NextNumber, Partitions, Settings);
        LogStage? stage = isStaged ? LogStage.TryOpen(Disk, "data", 0, Settings, long.MaxValue, out _) : null;
        Log = new LogWriter(0, Pool, Queue, Positions, Settings, policy, stage, this);
    }

    public SimClock Clock { get; }

    public SimDisk Disk { get; }

    public SimDiskQueue Queue { get; }

    public SimSeed Chance { get; }

    public LogSettings Settings { get; }

    public LogPositions Positions { get; } = new(2);

    public LogSegmentPool Pool { get; }

    public LogWriter Log { get; }

    public int Advances { get; private set; }

    public int Failures { get; private set; }

    /// <summary>
    /// The committed records: where they end, what they hold, and the last number of each partition.
    /// </summary>
    public List<(LogPosition End, string Text, ulong[] Sequences)> Committed { get; } = [];

    /// <summary>Committed records that are reported as durable.</summary>
    public int SyncedRecords => Committed.Count(record => record.End <= Log.Synced);

    public LogPosition Put(string key, string value, int partition = 0)
    {
        Log.Begin(key.Length + value.Length);
        StringBuilder text = new();
        AddPut(text, partition, key, Encoding.ASCII.GetBytes(value));
        return Commit(text);
    }

    /// <summary>
    /// Commits a random record: one to five operations of all kinds, sometimes large, over the partitions.
    /// </summary>
    public LogPosition CommitRandom(int valueBytesMax = 300)
    {
        StringBuilder text = new();
        int count = Chance.Below(4) == 0 ? 1 + Chance.Below(5) : 1;
        for (int i = 0; i < count; i++)
        {
            int partition = Chance.Below(Partitions);
            byte[] value = new byte[Chance.Below(Chance.Below(10) == 0 ? valueBytesMax * 10 : valueBytesMax)];
            Chance.Fill(value);
            if (i == 0) Log.Begin(value.Length);
            AddRandom(text, partition, $"key{Chance.Below(50)}", value);
        }

        if (Chance.Below(20) == 0)
        {
            Log.Abort();
            foreach (string line in text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries))
                _next[line[0] - '0']--;
            return Log.Appended;
        }

        return Commit(text);
    }

    public void Turn() => Log.Turn(Clock.MonotonicMicroseconds);

    /// <summary>Turns and completes operations until the log is as durable as its policy makes it.</summary>
    public void Settle()
    {
        for (int i = 0; i < 1000; i++)
        {
            Turn();
            Pool.Step();
            if (!Disk.CompleteNext() && Log.Written == Log.Appended
                && (Log.Synced == Log.Appended || Log.Policy == SyncPolicy.No)) return;
            Clock.Advance(100_000);
            if (Log.HasFailed) return;
        }

        throw new InvalidOperationException("the log does not settle");
    }

    public void Close()
    {
        Log.BeginClose();
        for (int i = 0; i < 1000 && !Log.IsClosed; i++)
        {
            Turn();
            Disk.CompleteNext();
        }

        if (!Log.IsClosed) throw new InvalidOperationException("the log does not close");
    }

    /// <summary>Reads core 0's log of a disk back as texts like those of <see cref="Committed"/>.</summary>
    public static List<string> ReadBack(SimDisk disk, out LogEnd end)
    {
        List<string> records = [];
        LogCatalog catalog = LogCatalog.Open(disk, "data");
        end = default;
        if (catalog.Cores.Count == 0) return records;
        using LogReader reader = new(disk, catalog.Cores[0]);
        while (reader.Read())
        {
            StringBuilder text = new();
            LogOperationReader operations = reader.Current.Operations;
            while (operations.MoveNext()) text.Append(Describe(operations.Current)).Append('\n');
            if (!operations.IsWellFormed) throw new InvalidOperationException("malformed record");
            records.Add(text.ToString());
        }

        end = reader.End;
        return records;
    }

    public static string Describe(LogOperation operation) =>
        $"{operation.Partition} #{operation.Sequence} {operation.Kind} {operation.Delta} "
        + $"{operation.HadExpiry} "
        + $"k{operation.Keyspace} {operation.Type}/{operation.Encoding} x{operation.ExpireAt} "
        + $"o{operation.Offset} n{operation.NewLength} r{operation.Removed} "
        + $"d{operation.Database}/{operation.OtherDatabase} "
        + $"u{operation.Run}/{operation.Keys}/{operation.Expires}/{operation.Nodes} "
        + $"{Encoding.ASCII.GetString(operation.Key)}="
        + (operation.Value.Length < 2000
            ? Convert.ToHexString(operation.Value)
            : $"{operation.Value.Length}/{Crc32C.Compute(operation.Value)}");

    public void Dispose()
    {
        Log.Dispose();
        Pool.Close();
    }

    void ILogListener.LogAdvanced(LogWriter log) => Advances++;

    void ILogListener.LogFailed(LogWriter log) => Failures++;

    private LogPosition Commit(StringBuilder text)
    {
        LogPosition end = Log.Commit();
        if (end != LogPosition.Refused) Committed.Add((end, text.ToString(), (ulong[])_next.Clone()));
        return end;
    }

    private void AddPut(StringBuilder text, int partition, string key, byte[] value)
    {
        ulong sequence = ++_next[partition];
        Log.Record.Put(
            partition, sequence, 7, RecordType.String, default, 0, Encoding.ASCII.GetBytes(key), value,
            CountDelta.Plus, hadExpiry: false);
        text.Append(Describe(new LogOperation
        {
            Kind = LogOperationKind.Put,
            Partition = partition,
            Sequence = sequence,
            Keyspace = 7,
            Delta = CountDelta.Plus,
            Key = Encoding.ASCII.GetBytes(key),
            Value = value,
        })).Append('\n');
    }

    private void AddRandom(StringBuilder text, int partition, string key, byte[] value)
    {
        ulong sequence = ++_next[partition];
        ReadOnlySpan<byte> name = Encoding.ASCII.GetBytes(key);
        LogOperation operation =
            new() { Partition = partition, Sequence = sequence, Keyspace = (uint)Chance.Next() };
        switch (Chance.Below(8))
        {
            case 0:
                operation.Kind = LogOperationKind.Remove;
                operation.Delta = CountDelta.Minus;
                operation.Key = name;
                operation.HadExpiry = Chance.Below(2) == 0;
                Log.Record.Remove(partition, sequence, operation.Keyspace, name, CountDelta.Minus,
                    operation.HadExpiry);
                break;
            case 1:
                operation.Kind = LogOperationKind.SetExpiry;
                operation.ExpireAt = Chance.Below(3L) * (long)(Chance.Next() >> 2);
                operation.Key = name;
                operation.HadExpiry = Chance.Below(2) == 0;
                Log.Record.SetExpiry(partition, sequence, operation.Keyspace, name, operation.ExpireAt,
                    operation.HadExpiry);
                break;
            case 2 when sequence % 2 == 0:
                operation.Kind = LogOperationKind.Splice;
                (operation.Offset, operation.Removed) = (Chance.Below(100_000), Chance.Below(1 << 29));
                operation.Key = name;
                operation.Value = value;
                Log.Record.Splice(partition, sequence, operation.Keyspace, name, operation.Offset,
                    operation.Removed, value);
                break;
            case 2:
                operation.Kind = LogOperationKind.WriteRange;
                (operation.Offset, operation.NewLength) = (Chance.Below(100_000), Chance.Below(1 << 29));
                operation.Key = name;
                operation.Value = value;
                Log.Record.WriteRange(
                    partition, sequence, operation.Keyspace, name, operation.Offset, value,
                    operation.NewLength,
                    CountDelta.None);
                break;
            case 3 when sequence % 3 == 0:
                operation.Kind = LogOperationKind.DropRun;
                operation.Run = Chance.Next();
                (operation.Keys, operation.Expires) = ((long)(Chance.Next() >> 1), Chance.Below(99L));
                operation.Nodes = (long)(Chance.Next() >> 1);
                Log.Record.DropRun(partition, sequence, operation.Keyspace, operation.Run, operation.Keys,
                    operation.Expires, operation.Nodes);
                break;
            case 3:
                operation.Kind = LogOperationKind.AssignKeyspace;
                operation.Database = Chance.Below(16);
                Log.Record.AssignKeyspace(partition, sequence, operation.Database, operation.Keyspace);
                break;
            case 4:
                operation.Kind = LogOperationKind.SwapDatabases;
                (operation.Database, operation.OtherDatabase, operation.Keyspace) =
                    (Chance.Below(16), Chance.Below(999), 0);
                Log.Record.SwapDatabases(partition, sequence, operation.Database, operation.OtherDatabase);
                break;
            default:
                operation.Kind = LogOperationKind.Put;
                operation.Delta = CountDelta.Unknown;
                operation.HadExpiry = Chance.Below(2) == 0;
                operation.Encoding = (StringEncoding)1;
                operation.ExpireAt = Chance.Below(2L) * (long)(Chance.Next() >> 2);
                operation.Key = name;
                operation.Value = value;
                Log.Record.Put(
                    partition, sequence, operation.Keyspace, operation.Type, operation.Encoding,
                    operation.ExpireAt,
                    name, value, CountDelta.Unknown, operation.HadExpiry);
                break;
        }

        text.Append(Describe(operation)).Append('\n');
    }
}
