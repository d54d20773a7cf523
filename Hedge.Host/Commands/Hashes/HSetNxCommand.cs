using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Hashes;

internal sealed class HSetNxCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HSETNX", 4,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.Hash,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key field value",
        Arguments = "key field value",
        Since = "2.0.0",
        Group = "hash",
        Complexity = "O(1)",
        Summary = "Set the value of a hash field, only if the field does not exist",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenHash(key, out StoredHash hash)) return;
        ReadOnlySpan<byte> field = context.Argument(2);
        if (!hash.TryPrepare(field, out bool isThere, out _, out _)) return;
        if (!isThere) HashWrite.Set(context, hash, field, context.Argument(3), "hset"u8);
        context.Reply.Integer(isThere ? 0 : 1);
    }
}
