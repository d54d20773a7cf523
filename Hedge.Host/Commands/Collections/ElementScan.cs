using Hedge.Host.Slots;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>The arguments of HSCAN, SSCAN and ZSCAN.</summary>
internal ref struct ElementScan
{
    /// <summary>The cursor: a place in the order of the elements' hashes; 0 for the start and the
    /// end.</summary>
    public ulong Cursor;

    /// <summary>How many elements to visit, roughly, and which of them to show.</summary>
    public ScanOptions Options;

    /// <summary>Reads the arguments and opens the key. False when there is nothing more to do: the record is
    /// not resident, or the reply is written.</summary>
    public static bool TryBegin(CommandContext context, RecordType type, out ElementScan scan,
        out OpenCollection collection)
    {
        scan = default;
        collection = null!;
        if (!CursorTable.TryParse(context.Argument(2), out scan.Cursor))
        {
            context.Reply.Error(CursorTable.Invalid);
            return false;
        }

        if (!context.TryOpen(context.Argument(1), type, out collection)) return false;
        if (collection.Exists) return ScanOptions.TryRead(context, 3, mayHaveType: false, out scan.Options);
        context.Reply.ArrayHeader(2);
        context.Reply.BulkInteger(0);
        context.Reply.ArrayHeader(0);
        return false;
    }
}
