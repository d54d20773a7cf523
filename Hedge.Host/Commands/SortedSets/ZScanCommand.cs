using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

internal sealed class ZScanCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ZSCAN", -3,
        CommandFlags.ReadOnly,
        AclCategory.SortedSet,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key cursor [MATCH pattern] [COUNT count]",
        Arguments = "key cursor pattern count",
        Since = "2.8.0",
        Group = "sorted-set",
        Complexity =
            "O(1) for every call. O(N) for a complete iteration, including enough command calls for the " +
            "cursor to return back to 0. N is the number of elements inside the collection..",
        Summary = "Incrementally iterate sorted sets elements and associated scores",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        bool begins = ElementScan.TryBegin(
            context, RecordType.SortedSet, out ElementScan scan, out OpenCollection found);
        if (!begins) return;
        StoredSortedSet set = new(found);
        ScanReply sink = new(context, scan, ScanReply.Form.Scores);
        if (set.TryScan(ref scan.Cursor, scan.Options.Count, ref sink)) sink.End(scan.Cursor);
    }
}
