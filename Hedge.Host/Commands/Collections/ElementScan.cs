using Hedge.Host.Slots;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Collections;

/// <summary>The arguments of HSCAN, SSCAN and ZSCAN.</summary>
internal ref struct ElementScan
{
    private const long DefaultCount = 10;

    /// <summary>The cursor: a place in the order of the elements' hashes; 0 for the start and the
    /// end.</summary>
    public ulong Cursor;

    /// <summary>How many elements to visit, roughly.</summary>
    public long Count;

    /// <summary>Which of them to show.</summary>
    public ReadOnlySpan<byte> Pattern;

    /// <summary>Reads the arguments and opens the key. False when there is nothing more to do: the record is
    /// not resident, or the reply is written.</summary>
    public static bool TryBegin(CommandContext context, RecordType type, out ElementScan scan,
        out OpenCollection collection)
    {
        scan = new ElementScan { Count = DefaultCount, Pattern = "*"u8 };
        collection = null!;
        if (!CursorTable.TryParse(context.Argument(2), out scan.Cursor))
        {
            context.Reply.Error(CursorTable.Invalid);
            return false;
        }

        if (!context.TryOpen(context.Argument(1), type, out collection)) return false;
        if (collection.Exists) return scan.TryParse(context);
        context.Reply.ArrayHeader(2);
        context.Reply.BulkInteger(0);
        context.Reply.ArrayHeader(0);
        return false;
    }

    private bool TryParse(CommandContext context)
    {
        for (int i = 3; i < context.ArgumentCount; i += 2)
        {
            bool hasValue = i + 1 < context.ArgumentCount;
            bool isCount = hasValue && context.Is(i, "COUNT"u8);
            if (isCount && !context.TryInteger(i + 1, out Count)) return false;
            if (hasValue && context.Is(i, "MATCH"u8)) Pattern = context.Argument(i + 1);
            else if (!isCount || Count < 1)
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        return true;
    }
}
