using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HScanCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HSCAN", -3,
        CommandFlags.ReadOnly,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key cursor [MATCH pattern] [COUNT count]",
        Arguments = "key cursor pattern count",
        Since = "2.8.0",
        Group = "hash",
        Complexity =
            "O(1) for every call. O(N) for a complete iteration, including enough command calls for the " +
            "cursor to return back to 0. N is the number of elements inside the collection..",
        Summary = "Incrementally iterate hash fields and associated values",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        if (!ElementScan.TryBegin(context, RecordType.Hash, out ElementScan scan, out OpenCollection found))
            return;
        StoredHash hash = new(found);
        ScanReply sink = new(context, scan, ScanReply.Form.Values);
        if (hash.TryScan(ref scan.Cursor, scan.Options.Count, ref sink)) sink.End(scan.Cursor);
    }
}
