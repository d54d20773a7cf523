using System.Buffers;
using System.Text;
using System.Text.Json;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Storage.Damages;
using Hedge.Storage.Logs;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Monitoring;

/// <summary>
/// What the page gets: the figures of one moment, counters as they stand. The page makes rates from two
/// answers. Bytes, and microseconds where the name says so; a histogram's number i counts what took less than
/// 2^i microseconds.
/// </summary>
internal static class StatsJson
{
    private const int TimeBuckets = 22;
    private const int RowsMax = 16;

    public static byte[] ToUtf8(MonitoredServer monitored, bool withSlowCommands, bool withClients)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("version", Server.HedgeVersion);
        json.WriteString("phase", monitored.Phase.ToString());
        json.WriteString("obstacle", Health.Obstacle(monitored));
        if (monitored is { Phase: ServerPhase.Serving, Group: { } group })
        {
            var figures = new MonitoringFigures(monitored, group);
            Process(json, figures);
            Counters(json, figures);
            Cores(json, figures);
            Memory(json, figures);
            Disk(json, figures);
            Storage(json, figures);
            Latency(json, figures);
            Tables(json, figures);
            if (withSlowCommands) SlowCommands(json, figures.Statistics);
            if (withClients) Clients(json, figures.Statistics);
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void Process(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteNumber("nowMicroseconds", figures.NowMicroseconds);
        json.WriteNumber("nowMilliseconds", figures.NowMilliseconds);
        json.WriteNumber("uptimeSeconds", figures.UptimeSeconds);
        json.WriteNumber("processId", Environment.ProcessId);
        json.WriteNumber("partitions", figures.Server.PartitionCount);
        json.WriteString("io", figures.Server.IoName);
        json.WriteNumber("connectedClients", figures.Server.Clients.Count);
        json.WriteNumber("maxClients", figures.Settings.MaxClients);
        json.WriteNumber("blockedClients", figures.Sum.BlockedClients);
        json.WriteNumber("pubSubClients", figures.Sum.PubSubClients);
        json.WriteNumber("opsPerSecond", figures.Statistics.Sum(c => c.Rates.Commands));
    }

    private static void Counters(Utf8JsonWriter json, MonitoringFigures figures)
    {
        ref readonly CoreCounters sum = ref figures.Sum;
        json.WriteStartObject("counters");
        foreach ((string name, long value) in (ReadOnlySpan<(string, long)>)
        [
            ("commands", sum.CommandsProcessed), ("connections", sum.ConnectionsAccepted),
            ("received", sum.BytesReceived), ("sent", sum.BytesSent), ("errors", sum.ErrorReplies),
            ("keyspaceHits", sum.KeyspaceHits), ("keyspaceMisses", sum.KeyspaceMisses),
            ("expired", sum.ExpiredKeys), ("evicted", sum.EvictedKeys),
            ("recordHits", sum.RecordHits), ("recordMisses", sum.RecordMisses),
            ("blockHits", sum.BlockCacheHits), ("blockMisses", sum.BlockCacheMisses),
            ("filterNegatives", sum.FilterNegatives), ("filterFalsePositives", sum.FilterFalsePositives),
            ("diskReads", sum.DiskReads), ("diskReadBytes", sum.DiskReadBytes),
            ("userBytes", sum.UserBytesWritten), ("logBytes", sum.LogBytesWritten),
            ("flushes", sum.Flushes), ("flushedBytes", sum.FlushedBytes),
            ("compactions", sum.Compactions), ("compactedBytes", sum.CompactedBytes),
            ("slowedWrites", sum.SlowedWrites), ("stallMicroseconds", sum.StallMicroseconds),
        ])
            json.WriteNumber(name, value);
        json.WriteEndObject();
    }

    private static void Cores(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteStartArray("cores");
        for (int core = 0; core < figures.Group.Count; core++)
        {
            json.WriteStartObject();
            json.WriteNumber("busyMicroseconds", figures.Statistics[core].Counters.TurnMicroseconds);
            json.WriteNumber("clients", figures.Statistics[core].Counters.ConnectedClients);
            json.WriteNumber("lastTurnSeconds", Health.SecondsSinceTurn(figures.Monitored, core));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Memory(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteStartObject("memory");
        json.WriteNumber("used", figures.Memory.UsedBytes);
        json.WriteNumber("resident", figures.Memory.ResidentBytes);
        json.WriteNumber("peak", figures.Memory.PeakBytes);
        json.WriteNumber("budget", figures.Memory.BudgetBytes);
        json.WriteStartObject("parts");
        foreach ((string part, double bytes) in StorageMetrics.MemoryParts(figures))
            json.WriteNumber(part, (long)bytes);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Disk(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteStartObject("disk");
        json.WriteNumber("used", figures.Disk.UsedBytes);
        json.WriteNumber("max", figures.Settings.MaxDiskBytes);
        if (figures.Disk.SystemFreeBytes is { } free) json.WriteNumber("free", free);
        json.WriteBoolean("isFull", figures.Disk.IsFull);
        json.WriteBoolean("holdsWriters", figures.Disk.HoldsWriters);
        json.WriteNumber("runs", figures.Sum.RunBytes);
        json.WriteNumber("values", figures.Storage.ValueLog.Bytes);
        json.WriteNumber("log", figures.Sum.LogBytes);
        json.WriteEndObject();
    }

    private static void Storage(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteStartObject("storage");
        json.WriteString("policy", figures.Storage.PolicyName);
        json.WriteNumber("runs", figures.Sum.Runs);
        json.WriteNumber("valueFiles", figures.Storage.ValueLog.Files);
        json.WriteNumber("flushesRunning", figures.Sum.FlushesRunning);
        json.WriteNumber("flushesWaiting", figures.Sum.FlushesWaiting);
        json.WriteNumber("compactionsRunning", figures.Sum.CompactionsRunning);
        json.WriteNumber("compactionsWaiting", figures.Sum.CompactionsWaiting);
        json.WriteNumber("writeAmplification", figures.Storage.WriteAmplification);
        json.WriteNumber("spaceAmplification", figures.Storage.SpaceAmplification);
        json.WriteNumber("compressionRatio", figures.Storage.CompressionRatio);
        json.WriteNumber("writeLimit", figures.Sum.WriteBytesPerSecond);
        json.WriteNumber("failedPartitions", figures.Core.FailedPartitions);
        DamageRegister damages = figures.Core.Damages;
        json.WriteNumber("damagedPlaces", Enum.GetValues<DamageKind>().Sum(damages.Present)
            - damages.Present(DamageKind.Missing));
        json.WriteNumber("missingFiles", damages.Present(DamageKind.Missing));
        json.WriteStartArray("levels");
        for (int i = 0; i < RunTiers.Count; i++)
        {
            if (figures.Storage.Tiers.Runs(i) == 0) continue;
            json.WriteStartObject();
            json.WriteString("below", StorageMetrics.EndOf(i));
            json.WriteNumber("runs", figures.Storage.Tiers.Runs(i));
            json.WriteNumber("bytes", figures.Storage.Tiers.Bytes(i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Latency(Utf8JsonWriter json, MonitoringFigures figures)
    {
        var sum = new LatencySplit();
        foreach (LatencySplit split in figures.Families.Values) sum.Add(split);
        json.WriteStartObject("latency");
        Histogram(json, "queue", sum.Queue);
        Histogram(json, "cpu", sum.Cpu);
        Histogram(json, "disk", sum.Disk);

        Span<long> syncs = stackalloc long[SyncTimes.Buckets];
        syncs.Clear();
        for (int core = 0; core < figures.Group.Count; core++)
        {
            SyncTimes times = figures.Group.Loops[core].Storage.Log.SyncTimes;
            for (int i = 0; i < syncs.Length; i++) syncs[i] += times.Count(i);
        }

        Histogram(json, "sync", syncs);
        json.WriteEndObject();
    }

    private static void Histogram(Utf8JsonWriter json, string name, LatencyHistogram times)
    {
        Span<long> counts = stackalloc long[TimeBuckets];
        counts.Clear();
        times.AddByPower(counts);
        Histogram(json, name, counts);
    }

    private static void Histogram(Utf8JsonWriter json, string name, ReadOnlySpan<long> counts)
    {
        json.WriteStartArray(name);
        foreach (long count in counts) json.WriteNumberValue(count);
        json.WriteEndArray();
    }

    private static void Tables(Utf8JsonWriter json, MonitoringFigures figures)
    {
        json.WriteStartArray("commands");
        foreach ((string name, CommandFigures of) in figures.Commands
            .OrderByDescending(c => c.Figures.Microseconds).Take(RowsMax))
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("calls", of.Calls);
            json.WriteNumber("microseconds", of.Microseconds);
            json.WriteNumber("failed", of.Failed + of.Rejected);
            json.WriteNumber("p99Microseconds", of.Histogram?.Percentile(99) ?? 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("errors");
        foreach ((string code, long count) in figures.Statistics.Errors()
            .OrderByDescending(e => e.Value).Take(RowsMax))
        {
            json.WriteStartObject();
            json.WriteString("code", MetricText.Cut(code));
            json.WriteNumber("count", count);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("databases");
        for (int i = 0; i < figures.Databases.Count; i++)
        {
            long keys = figures.Databases.ApproximateKeys(i);
            if (keys == 0) continue;
            json.WriteStartObject();
            json.WriteNumber("number", i);
            json.WriteNumber("keys", keys);
            json.WriteNumber("expires", figures.Databases.ApproximateExpires(i));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void SlowCommands(Utf8JsonWriter json, ServerStatistics statistics)
    {
        json.WriteStartArray("slowCommands");
        foreach (SlowLogEntry entry in statistics.Cores.SelectMany(c => c.Snapshot?.SlowCommands ?? [])
            .OrderByDescending(e => e.Id).Take(RowsMax))
        {
            json.WriteStartObject();
            json.WriteNumber("id", entry.Id);
            json.WriteNumber("unixSeconds", entry.UnixSeconds);
            json.WriteNumber("microseconds", entry.Microseconds);
            json.WriteString("text",
                string.Join(' ', entry.Arguments.Select(a => Encoding.UTF8.GetString(a.Span))));
            json.WriteString("address", entry.Address);
            json.WriteString("client", entry.ClientName);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Clients(Utf8JsonWriter json, ServerStatistics statistics)
    {
        json.WriteStartArray("clients");
        foreach (ClientSnapshot client in statistics.Cores.SelectMany(c => c.Snapshot?.Clients ?? [])
            .OrderByDescending(c => c.Bytes).ThenBy(c => c.Id).Take(RowsMax))
        {
            json.WriteStartObject();
            json.WriteNumber("id", client.Id);
            json.WriteString("address", client.Address);
            json.WriteString("name", client.Name);
            json.WriteString("user", client.User);
            json.WriteString("command", client.Command);
            json.WriteString("flags", client.Flags);
            json.WriteNumber("ageSeconds", client.AgeSeconds);
            json.WriteNumber("idleSeconds", client.IdleSeconds);
            json.WriteNumber("bytes", client.Bytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
