using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class CopyCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COPY", -3,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access),
        KeySpec.At(2, KeyFlags.Overwrite | KeyFlags.Update))
    {
        Traits = CommandTraits.ReachesDatabases,
        Syntax = "source destination [DB destination-db] [REPLACE]",
        Arguments = "source:key destination:key#1 destination-db:integer replace",
        Since = "6.2.0",
        Group = "generic",
        Complexity =
            "O(N) worst case for collections, where N is the number of nested items. O(1) for string " +
            "values.",
        Summary = "Copy a key",
    };

    public static void Execute(CommandContext context)
    {
        if (!TryParse(context, out int database, out bool replace)) return;
        ReadOnlySpan<byte> source = context.Argument(1);
        ReadOnlySpan<byte> target = context.Argument(2);
        if (database == context.Session.Database && source.SequenceEqual(target))
        {
            context.Reply.Error(DatabaseArgument.SameObject);
            return;
        }

        IKeyspace targets = context.KeysOf(database);
        bool resident = context.Keys.TryFind(source, out Record record);
        Record existing = default;
        if (!replace) resident &= targets.TryFind(target, out existing);
        if (!resident) return;
        context.NoteLookup(source, record.Exists);
        if (!record.Exists || existing.Exists)
        {
            context.Reply.Integer(0);
            return;
        }

        if (!context.Keys.TryPrepareCopy(source)) return;
        context.Keys.Copy(source, targets, target);
        context.Notify(KeyspaceEvents.New, "new"u8, target, database);
        context.Notify(KeyspaceEvents.Generic, "copy_to"u8, target, database);
        context.Reply.Integer(1);
    }

    private static bool TryParse(CommandContext context, out int database, out bool replace)
    {
        database = context.Session.Database;
        replace = false;
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            if (context.Is(i, "REPLACE"u8))
            {
                replace = true;
            }
            else if (i + 1 < context.ArgumentCount && context.Is(i, "DB"u8))
            {
                if (!DatabaseArgument.TryRead(context, ++i, out database)) return false;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        return true;
    }
}
