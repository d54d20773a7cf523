using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>RENAME and RENAMENX.</summary>
internal static class Renaming
{
    /// <summary>Gives a key's record, with its expiry, another key.</summary>
    /// <param name="context">The command: key, new key.</param>
    /// <param name="onlyNew">Not when the new key exists; the reply is 1 or 0 then.</param>
    public static void Run(CommandContext context, bool onlyNew)
    {
        ReadOnlySpan<byte> source = context.Argument(1);
        ReadOnlySpan<byte> target = context.Argument(2);
        bool same = source.SequenceEqual(target);
        bool resident = context.Keys.TryFind(source, out Record record);
        Record replaced = default;
        if (onlyNew && !same) resident &= context.Keys.TryFind(target, out replaced);
        if (!resident) return;
        if (!record.Exists)
        {
            context.Reply.Error(ErrorText.NoSuchKey);
            return;
        }

        if (same || replaced.Exists)
        {
            Reply(context, onlyNew, done: !onlyNew);
            return;
        }

        if (!context.Keys.TryPrepareRename(source, target)) return;
        context.Keys.Rename(source, target);
        context.Notify(KeyspaceEvents.New, "new"u8, target);
        context.Notify(KeyspaceEvents.Generic, "rename_from"u8, source);
        context.Notify(KeyspaceEvents.Generic, "rename_to"u8, target);
        Reply(context, onlyNew, done: true);
    }

    private static void Reply(CommandContext context, bool onlyNew, bool done)
    {
        if (onlyNew) context.Reply.Integer(done ? 1 : 0);
        else context.Reply.Ok();
    }
}
