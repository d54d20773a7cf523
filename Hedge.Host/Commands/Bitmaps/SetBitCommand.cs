using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class SetBitCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SETBIT", 4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key offset value",
        Arguments = "key offset value:integer",
        Since = "2.2.0",
        Group = "bitmap",
        Complexity = "O(1)",
        Summary = "Sets or clears the bit at offset in the string value stored at key",
    };

    public static void Execute(CommandContext context)
    {
        const string NotABit = "ERR bit is not an integer or out of range";
        if (!BitOffset.TryRead(context, 2, out long offset)) return;
        if (!context.TryInteger(3, out long bit, NotABit)) return;
        if (bit is not (0 or 1))
        {
            context.Reply.Error(NotABit);
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryGetString(key, out Record record)) return;
        int index = (int)(offset >> 3), mask = 0x80 >> (int)(offset & 7);
        bool grows = index >= record.Value.Length;
        byte old = grows ? (byte)0 : record.Value[index];
        bool wasSet = (old & mask) != 0;
        if (grows || wasSet != (bit == 1))
        {
            byte changed = (byte)(bit == 1 ? old | mask : old & ~mask);
            context.Keys.WriteRange(key, index, new ReadOnlySpan<byte>(in changed));
            context.Notify(KeyspaceEvents.String, "setbit"u8, key);
        }

        context.Reply.Integer(wasSet ? 1 : 0);
    }
}
