using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitPosCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("BITPOS", -3,
        CommandFlags.ReadOnly,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key bit [start [end [BYTE | BIT]]]",
        Arguments = "key bit:integer index start:integer end_index end:integer index_unit@7.0.0 byte bit",
        Since = "2.8.7",
        Group = "bitmap",
        Complexity = "O(N)",
        Summary = "Find first bit set or clear in a string",
        History =
        [
            ("7.0.0", "Added the `BYTE|BIT` option."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(2, out long bit)) return;
        if (bit is not (0 or 1))
        {
            context.Reply.Error("ERR The bit argument must be 1 or 0.");
            return;
        }

        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        if (!record.Exists)
        {
            // An endless row of zeros; the range is not looked at.
            context.Reply.Integer(bit == 1 ? -1 : 0);
            return;
        }

        ReadOnlySpan<byte> value = record.Value;
        if (!TryRange(context, value.Length, out BitRange range)) return;
        long position = range.IsEmpty ? -1 : Bits.Find(value, range, bit == 1);
        // Without an end the value goes on with zeros.
        bool isOpen = context.ArgumentCount < 5 && !range.IsEmpty;
        if (position < 0 && bit == 0 && isOpen) position = range.Last + 1;
        context.Reply.Integer(position);
    }

    private static bool TryRange(CommandContext context, int length, out BitRange range)
    {
        range = BitRange.Whole(length);
        int count = context.ArgumentCount;
        if (count == 3) return true;
        if (count > 6)
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (!context.TryInteger(3, out long start)) return false;
        bool inBits = false;
        if (count == 6 && !BitRange.TryUnit(context, 5, out inBits)) return false;
        long end = -1;
        if (count >= 5 && !context.TryInteger(4, out end)) return false;
        range = BitRange.From(start, end, inBits, length);
        return true;
    }
}
