using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class MoveCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("MOVE", 3,
        CommandFlags.Write | CommandFlags.Fast,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Update))
    {
        Traits = CommandTraits.ReachesDatabases,
        Syntax = "key db",
        Since = "1.0.0",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Move a key to another database",
    };

    public static void Execute(CommandContext context)
    {
        if (!DatabaseArgument.TryRead(context, 2, out int database)) return;
        if (database == context.Session.Database)
        {
            context.Reply.Error(DatabaseArgument.SameObject);
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        IKeyspace targets = context.KeysOf(database);
        bool resident = context.Keys.TryFind(key, out Record record);
        resident &= targets.TryFind(key, out Record existing);
        if (!resident) return;
        if (!record.Exists || existing.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        if (!context.Keys.TryPrepareCopy(key)) return;
        context.Keys.Copy(key, targets, key);
        context.Keys.Remove(key);
        context.Notify(KeyspaceEvents.New, "new"u8, key, database);
        context.Notify(KeyspaceEvents.Generic, "move_from"u8, key);
        context.Notify(KeyspaceEvents.Generic, "move_to"u8, key, database);
        context.Reply.Integer(1);
    }
}
