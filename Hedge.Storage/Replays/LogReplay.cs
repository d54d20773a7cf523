using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Replays;

/// <summary>Takes the operations of a recovery; those of a partition come in the order of its
/// sequence.</summary>
public interface ILogReplayTarget
{
    /// <summary>Applies an operation; its spans are valid during the call.</summary>
    void Apply(in LogOperation operation);
}

/// <summary>
/// The two passes of a recovery over all logs: Plan finds the cuts, Apply replays.
/// </summary>
public static class LogReplay
{
    /// <summary>Reads all logs and decides what is kept.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="catalog">The logs.</param>
    /// <param name="flushedSequencePerPartition">By partition, the highest number whose effect is in
    /// runs.</param>
    /// <param name="ends">Gets every log's end.</param>
    /// <exception cref="LogException">A log is damaged or contradicts what is flushed.</exception>
    public static LogRecoveryPlan Plan(
        IDisk disk, LogCatalog catalog, ReadOnlySpan<ulong> flushedSequencePerPartition, List<LogEnd> ends)
    {
        LogRecoveryPlan plan = Plan(disk, catalog, flushedSequencePerPartition, ends, null);
        return plan.Contradiction is null ? plan
            : throw new LogException(LogProblem.Corrupt, catalog.Directory, 0, plan.Contradiction);
    }

    /// <summary>As the other overload, but leaves a contradiction to the caller.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="catalog">The logs.</param>
    /// <param name="flushed">By partition, the highest number whose effect is in runs.</param>
    /// <param name="ends">Gets every log's end.</param>
    /// <param name="damages">Gets what is wrong with the logs; with null, the method throws
    /// instead.</param>
    internal static LogRecoveryPlan Plan(IDisk disk, LogCatalog catalog, ReadOnlySpan<ulong> flushed,
        List<LogEnd> ends, List<LogException>? damages)
    {
        LogRecovery recovery = new(flushed);
        foreach (LogReader reader in catalog.OpenReaders(disk, damages))
        {
            using LogReader log = reader;
            while (log.Read())
            {
                LogRecord record = log.Current;
                CheckParts(record, flushed.Length);
                recovery.Add(log.Core, record.Parts);
            }

            ends.Add(log.End);
        }

        return recovery.Plan();
    }

    /// <summary>
    /// Replays what the plan keeps. It reads the logs side by side. A record waits until the smaller
    /// numbers of its partitions have been applied from the other logs. Returns the number of operations
    /// applied.
    /// </summary>
    /// <exception cref="LogException">The logs changed since the plan or their records wait for each
    /// other.</exception>
    public static long Apply(
        IDisk disk, LogCatalog catalog, LogRecoveryPlan plan, ILogReplayTarget target) =>
        Apply(disk, catalog, plan, target, null);

    /// <summary>As the other overload, but goes on past damage when <paramref name="damages"/> is not
    /// null.</summary>
    internal static long Apply(IDisk disk, LogCatalog catalog, LogRecoveryPlan plan, ILogReplayTarget target,
        List<LogException>? damages)
    {
        ulong[] next = new ulong[plan.Partitions];
        for (int i = 0; i < next.Length; i++) next[i] = plan.Flushed(i) + 1;
        List<LogReader> readers = catalog.OpenReaders(disk, damages);
        try
        {
            for (int i = readers.Count - 1; i >= 0; i--)
                if (!readers[i].Read()) Close(readers, i);

            long applied = 0;
            while (readers.Count > 0)
            {
                bool moved = false;
                for (int i = readers.Count - 1; i >= 0; i--)
                    moved |= Advance(readers, i, plan, next, target, ref applied);
                if (!moved)
                {
                    LogRecord stuck = readers[0].Current;
                    throw new LogException(
                        LogProblem.Corrupt, stuck.Path, stuck.Offset,
                        "the logs' records wait for each other");
                }
            }

            return applied;
        }
        finally
        {
            foreach (LogReader reader in readers) reader.Dispose();
        }
    }

    private static bool Advance(
        List<LogReader> readers, int index, LogRecoveryPlan plan, ulong[] next, ILogReplayTarget target,
        ref long applied)
    {
        bool moved = false;
        while (true)
        {
            LogRecord record = readers[index].Current;
            CheckParts(record, plan.Partitions);
            if (!IsNext(record.Parts, plan, next)) return moved;
            LogOperationReader operations = record.Operations;
            while (operations.MoveNext())
            {
                LogOperation operation = operations.Current;
                if (!plan.Applies(operation.Partition, operation.Sequence)) continue;
                operation.ValuePlace =
                    ValuePlace.At(record.Core, record.Number, record.Offset + operation.ValueAt);
                target.Apply(operation);
                next[operation.Partition] = operation.Sequence + 1;
                applied++;
            }

            moved = true;
            if (readers[index].Read()) continue;
            Close(readers, index);
            return true;
        }
    }

    // A record may have several parts of one partition. The later ones follow the earlier ones.
    private static bool IsNext(ReadOnlySpan<LogPart> parts, LogRecoveryPlan plan, ulong[] next)
    {
        if (parts.Length == 1) return !IsAhead(parts[0], plan, next);
        List<(int Partition, ulong Next)> before = [];
        foreach (LogPart part in parts)
        {
            if (!plan.Applies(part.Partition, part.Last)) continue;
            if (IsAhead(part, plan, next))
            {
                for (int i = before.Count - 1; i >= 0; i--) next[before[i].Partition] = before[i].Next;
                return false;
            }

            before.Add((part.Partition, next[part.Partition]));
            next[part.Partition] = part.Last + 1;
        }

        return true;
    }

    private static bool IsAhead(LogPart part, LogRecoveryPlan plan, ulong[] next) =>
        plan.Applies(part.Partition, part.Last) && part.First > next[part.Partition];

    private static void CheckParts(LogRecord record, int partitions)
    {
        foreach (LogPart part in record.Parts)
        {
            if (part.Partition < partitions) continue;
            throw new LogException(
                LogProblem.Corrupt, record.Path, record.Offset,
                $"a record of partition {part.Partition} of {partitions}");
        }
    }

    private static void Close(List<LogReader> readers, int index)
    {
        readers[index].Dispose();
        readers.RemoveAt(index);
    }
}
