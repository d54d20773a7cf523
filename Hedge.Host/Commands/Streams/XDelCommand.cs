using Hedge.Host.Declarations;
using Hedge.Storage.Cores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

internal sealed class XDelCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XDEL", -3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Stream,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key id [id ...]",
        Arguments = "key id",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1) for each single item to delete in the stream, regardless of the stream size.",
        Summary =
            "Removes the specified entries from the stream. Returns the number of items actually deleted," +
            " that may be different from the number of IDs passed in case certain IDs do not exist.",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.TryOpenStream(key, out StoredStream stream)) return;
        if (!stream.Collection.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        if (!StreamIds.TryReadAll(context, 2, out StreamId[] ids)) return;
        if (!stream.TryOpen(out _)) return;
        stream.Collection.Told = KeyAudience.Watchers;
        if (!stream.TryDelete(ids, out long deleted)) return;
        if (deleted > 0) context.Notify(KeyspaceEvents.Stream, "xdel"u8, key);
        context.Reply.Integer(deleted);
    }
}
