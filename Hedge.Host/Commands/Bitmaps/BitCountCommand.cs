using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitCountCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BITCOUNT", -2,
        CommandFlags.ReadOnly,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key [start end [BYTE | BIT]]",
        Arguments = "key index start:integer end:integer index_unit@7.0.0 byte bit",
        Since = "2.6.0",
        Group = "bitmap",
        Complexity = "O(N)",
        Summary = "Count set bits in a string",
        History =
        [
            ("7.0.0", "Added the `BYTE|BIT` option."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        if (!record.Exists)
        {
            // The range is looked at only when there is a key.
            context.Reply.Integer(0);
            return;
        }

        ReadOnlySpan<byte> value = record.Value;
        if (!TryRange(context, value.Length, out BitRange range)) return;
        context.Reply.Integer(range.IsEmpty ? 0 : Bits.Count(value, range));
    }

    private static bool TryRange(CommandContext context, int length, out BitRange range)
    {
        range = BitRange.Whole(length);
        if (context.ArgumentCount == 2) return true;
        if (context.ArgumentCount is not (4 or 5))
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (!context.TryInteger(2, out long start) || !context.TryInteger(3, out long end)) return false;
        bool inBits = false;
        // A range that is empty for values of any length ends the command before the unit is looked at.
        bool empty = start < 0 && end < 0 && start > end;
        if (!empty && context.ArgumentCount == 5 && !BitRange.TryUnit(context, 4, out inBits)) return false;
        range = empty ? new BitRange(1, 0) : BitRange.From(start, end, inBits, length);
        return true;
    }
}
