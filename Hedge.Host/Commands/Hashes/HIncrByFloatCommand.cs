using Hedge.Host.Commands.Strings;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HIncrByFloatCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HINCRBYFLOAT", 4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key field increment",
        Arguments = "key field increment:double",
        Since = "2.6.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Increment the float value of a hash field by the given amount",
    };

    public static void Execute(CommandContext context)
    {
        if (!LongDouble.TryParse(context.Argument(3), out LongDouble increment))
        {
            context.Reply.Error(ErrorText.NotFloat);
            return;
        }

        if (!increment.IsFinite)
        {
            context.Reply.Error("ERR value is NaN or Infinity");
            return;
        }

        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        ReadOnlySpan<byte> field = context.Argument(2);
        if (!hash.TryPrepare(field, out bool isThere, out ReadOnlySpan<byte> old, out _)) return;
        LongDouble value = default;
        if (isThere && !LongDouble.TryParse(old, out value))
        {
            context.Reply.Error("ERR hash value is not a float");
            return;
        }

        LongDouble sum = value + increment;
        if (!sum.IsFinite)
        {
            context.Reply.Error(ErrorText.NotFinite);
            return;
        }

        using var room = new Scratch<byte>(LongDouble.TextBytesMax);
        ReadOnlySpan<byte> text = room.Span[..sum.Format(room.Span)];
        HashWrite.Set(context, hash, field, text, "hincrbyfloat"u8);
        context.Reply.Bulk(text);
    }
}
