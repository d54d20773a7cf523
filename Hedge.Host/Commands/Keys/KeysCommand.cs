using Hedge.Host.Declarations;
using Hedge.Storage.Cores;

namespace Hedge.Host.Commands.Keys;

internal sealed class KeysCommand : ICommand
{
    private const long LinePollMilliseconds = 2;
    private const long SliceKeys = 10_000;

    public static CommandSpec Spec { get; } = new("KEYS", 2,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace | AclCategory.Dangerous)
    {
        Scope = CommandScope.AllPartitions,
        KeepsPartitions = true,
        Syntax = "pattern",
        Since = "1.0.0",
        Group = "generic",
        Complexity =
            "O(N) with N being the number of keys in the database, under the assumption that the key " +
            "names in the database and the given pattern have limited length.",
        Summary = "Find all keys matching the given pattern",
        Tips = ["request_policy:all_shards", "nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context)
    {
        switch (context.Progress)
        {
            case KeyReport report:
                report.GoOn(context);
                return;
            case Line when context.Server.IsListing():
                context.GoOnAt(context.NowMilliseconds + LinePollMilliseconds);
                return;
            case Line:
                // Again, with all partitions, which it does not hold now.
                context.Progress = null;
                context.GoOnAt(context.NowMilliseconds);
                return;
            default:
                var walks = (KeyWalks?)context.Progress ?? new KeyWalks(context.Databases.PartitionCount);
                context.Progress = walks;
                if (context.InTransaction) RunInTransaction(context, walks);
                else Run(context, walks);
                return;
        }
    }

    /// <summary>Walks over all partitions in one go, or has background threads do it when that is too
    /// much.</summary>
    private static void Run(CommandContext context, KeyWalks walks)
    {
        // Without a core there is nobody else (unit tests).
        bool isShort = context.Storage == null || walks.BeginShort(context);
        if (isShort)
        {
            bool resident = walks.TryRun(
                context, new KeyFilter(context.Argument(1)), context.Server.KeysVisitedMax + 1);
            isShort = context.Storage == null || !walks.IsTooLong(context);
            if (isShort && resident) walks.Reply(context.Reply);
        }

        if (!isShort) List(context);
    }

    private static void List(CommandContext context)
    {
        context.Storage!.ForgetMisses();
        if (KeyReport.Begin(context, context.Argument(1)) is { } report) context.Progress = report;
        else context.Progress = new Line();
        context.GoOnAt(context.NowMilliseconds + LinePollMilliseconds);
    }

    /// <summary>Walks bit by bit; the transaction holds all partitions.</summary>
    private static void RunInTransaction(CommandContext context, KeyWalks walks)
    {
        CoreStorage storage = context.Storage!;
        // What is passed is not needed any more.
        storage.MissesPass = true;
        long slice = Math.Clamp(context.Server.KeysVisitedMax, 1, SliceKeys);
        bool resident = walks.TryRun(context, new KeyFilter(context.Argument(1)), slice);
        storage.MissesPass = false;
        if (!resident) return;
        if (walks.IsComplete) walks.Reply(context.Reply);
        else context.GoOnAt(context.NowMilliseconds);
    }

    /// <summary>It waits until the listing of another one is over.</summary>
    private sealed class Line : IFreeProgress;
}
