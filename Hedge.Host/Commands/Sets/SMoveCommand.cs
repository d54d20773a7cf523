using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Sets;

internal sealed class SMoveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SMOVE", 4,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Set,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Delete),
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "source destination member",
        Arguments = "source:key destination:key#1 member",
        Since = "1.0.0",
        Group = "set",
        Complexity = "O(1)",
        Summary = "Move a member from one set to another",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> source = context.Argument(1);
        ReadOnlySpan<byte> target = context.Argument(2);
        ReadOnlySpan<byte> member = context.Argument(3);
        bool isResident = TryOpen(context, source, out StoredSet from, out bool isWrong);
        // Without a source Redis does not look at the target.
        if (isResident && !isWrong && !from.Collection.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        isResident &= TryOpen(context, target, out StoredSet to, out bool isTargetWrong);
        if (!isResident) return;
        if (isWrong || isTargetWrong)
        {
            context.Reply.Error(ErrorText.WrongType);
            return;
        }

        bool isRead = from.TryFind(member, out bool isThere);
        isRead &= to.TryFind(member, out _);
        if (!isRead) return;
        if (isThere && !source.SequenceEqual(target))
        {
            bool isNewKey = !to.Collection.Exists;
            from.Remove(member);
            to.TryAdd(member, out bool isNew);
            if (isNew) SetWrite.Show(context, to, member);
            Removal.Tell(context, from.Collection, source, "srem"u8);
            if (isNewKey) context.Notify(KeyspaceEvents.New, "new"u8, target);
            if (isNew) context.Notify(KeyspaceEvents.Set, "sadd"u8, target);
        }

        context.Reply.Integer(isThere ? 1 : 0);
    }

    // False when the record is not resident.
    private static bool TryOpen(CommandContext context, ReadOnlySpan<byte> key, out StoredSet set,
        out bool isWrong)
    {
        bool isResident = context.Keys.TryOpen(key, RecordType.Set, out OpenCollection? collection);
        set = new StoredSet(collection!);
        isWrong = isResident && collection == null;
        return isResident;
    }
}
