using System.Globalization;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Manifests;
using Hedge.Storage.Replays;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>
/// Checks ledgers, stage files and logs (<c>docs/formats/log.md</c>), as a start reads them, and says what
/// the next start would do with them.
/// </summary>
/// <remarks>It finishes the writes of a killed process first, so the disk must be one that keeps changes
/// apart from the directory.</remarks>
internal sealed class LogCheck(CheckContext context)
{
    /// <summary>Checks the logs.</summary>
    /// <param name="disk">An overlay of the directory.</param>
    /// <param name="directory">The directory.</param>
    /// <param name="flushed">By partition, the last number that is in runs.</param>
    /// <param name="uses">What runs refer to.</param>
    /// <returns>True when something is damaged.</returns>
    public bool Check(IDisk disk, DataDirectory directory, ulong[] flushed, IEnumerable<ValueFileUse> uses)
    {
        List<LogException> damages = [];
        LogCatalog catalog = LogCatalog.Open(disk, directory.Path);
        catalog.ReadLedgers(disk, directory.Path, Enumerable.Range(0, directory.Ledgers)
            .Select(core => new LedgerIdentity(directory.Id, core, directory.Partitions)), damages);
        CheckSlots(disk, directory);
        Stage(disk, directory, catalog, damages);
        List<LogEnd> ends = [];
        LogRecoveryPlan plan = LogReplay.Plan(disk, catalog, flushed, ends, damages);
        foreach (ValueFileUse use in uses) catalog.CheckReach(use, ends, damages);
        context.Figures.LogRecords = plan.Records;
        context.Figures.OperationsDropped = plan.OperationsDropped;
        foreach (LogException damage in damages) context.Damage(damage.Path, damage.Reason, damage.Offset);
        bool isClosed = ends.Count > 0 && ends.TrueForAll(end => end.IsSealed);
        long lost = 0;
        for (int i = 0; i < flushed.Length; i++)
        {
            context.Figures.LogOperations += (long)(plan.Cut(i) - Math.Min(plan.Cut(i), flushed[i]));
            ulong highest = Math.Max(plan.Highest(i), catalog.HighestOf(i));
            if (highest <= plan.Cut(i)) continue;
            lost += (long)(highest - plan.Cut(i));
            if (damages.Count == 0) Missing(directory, catalog, plan, i, isClosed);
        }

        if (plan.Contradiction is { } contradiction) context.Damage(catalog.Directory, contradiction);
        if (damages.Count > 0)
        {
            string count = catalog.KnowsEnds ? $"{lost}" : $"at least {lost}";
            context.Damage(catalog.Directory, $"{count} logged operations are lost with it. A server starts "
                + "without them only when log-load-truncated is yes");
        }

        TellTails(ends);
        return damages.Count > 0 || plan.Contradiction is not null;
    }

    // Numbers beyond a gap.
    private void Missing(DataDirectory directory, LogCatalog catalog, LogRecoveryPlan plan, int partition,
        bool isClosed)
    {
        bool isDurable = catalog.HighestOf(partition) > plan.Cut(partition);
        ulong highest = Math.Max(plan.Highest(partition), catalog.HighestOf(partition));
        string message = string.Create(CultureInfo.InvariantCulture,
            $"the partition's sequence has a gap after {plan.Cut(partition)}, and goes up to {highest}");
        if (!isDurable && !isClosed)
            message += ". Nobody was told that they are durable; the next start drops what is beyond the gap";
        string log = SegmentNames.DirectoryOf(directory.Path);
        context.Tell(new CheckFinding(isDurable || isClosed, log, message)
        {
            Partition = partition,
        });
    }

    private void TellTails(List<LogEnd> ends)
    {
        foreach (LogEnd end in ends)
        {
            if (end.IsSealed || end.Path is null || end.DroppedBytes == 0) continue;
            context.Tell(new CheckFinding(false, end.Path, string.Create(CultureInfo.InvariantCulture,
                $"the log was not closed; it ends with {end.DroppedBytes} bytes of a write that was torn"))
            {
                Offset = end.Offset,
            });
        }

        long dropped = context.Figures.OperationsDropped;
        if (dropped == 0) return;
        context.Tell(new CheckFinding(false, SegmentNames.DirectoryOf(context.Path),
            $"the next start drops {dropped} operations whose records were never synced"));
    }

    private static void Stage(IDisk disk, DataDirectory directory, LogCatalog catalog,
        List<LogException> damages)
    {
        try
        {
            StagedWrites.Finish(disk, directory.Path, false, catalog.CoresNeedingStage(disk.BootId));
        }
        catch (LogException problem)
        {
            damages.Add(problem);
        }
    }

    // One copy is enough for a start, and a crash may leave one torn. After a stop in order both are whole.
    private void CheckSlots(IDisk disk, DataDirectory directory)
    {
        for (int core = 0; core < directory.Ledgers; core++)
        {
            try
            {
                using LogLedger ledger = LogLedger.Open(
                    disk, directory.Path, new LedgerIdentity(directory.Id, core, directory.Partitions));
                if (ledger.AreBothWhole) continue;
                context.Tell(new CheckFinding(ledger.State.IsClosed, LogLedger.PathOf(directory.Path, core),
                    "one of the two copies is damaged or older; the other one counts"));
            }
            catch (LogException)
            {
                // It was reported already.
            }
        }
    }
}
