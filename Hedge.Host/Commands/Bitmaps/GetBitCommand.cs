using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class GetBitCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("GETBIT", 3,
        CommandFlags.ReadOnly | CommandFlags.Fast,
        AclCategory.Bitmap,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key offset",
        Since = "2.2.0",
        Group = "bitmap",
        Complexity = "O(1)",
        Summary = "Returns the bit value at offset in the string value stored at key",
    };

    public static void Execute(CommandContext context)
    {
        if (!BitOffset.TryRead(context, 2, out long offset)) return;
        if (!context.TryGetString(context.Argument(1), out Record record)) return;
        int index = (int)(offset >> 3), mask = 0x80 >> (int)(offset & 7);
        context.Reply.Integer(index < record.Value.Length && (record.Value[index] & mask) != 0 ? 1 : 0);
    }
}
