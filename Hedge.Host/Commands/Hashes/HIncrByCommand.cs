using System.Buffers.Text;
using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HIncrByCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HINCRBY", 4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Syntax = "key field increment",
        Arguments = "key field increment",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Increment the integer value of a hash field by the given number",
    };

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(3, out long increment)) return;
        if (!context.TryOpenHash(context.Argument(1), out StoredHash hash)) return;
        ReadOnlySpan<byte> field = context.Argument(2);
        if (!hash.TryPrepare(field, out bool isThere, out ReadOnlySpan<byte> old, out _)) return;
        long value = 0;
        if (isThere && !Numbers.TryParseInt64(old, out value))
        {
            context.Reply.Error("ERR hash value is not an integer");
            return;
        }

        if (!Numbers.TryAdd(value, increment, out long sum))
        {
            context.Reply.Error(ErrorText.Overflow);
            return;
        }

        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Utf8Formatter.TryFormat(sum, text, out int length);
        HashWrite.Set(context, hash, field, text[..length], "hincrby"u8);
        context.Reply.Integer(sum);
    }
}
