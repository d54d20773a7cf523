using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Commands.Transactions;

internal sealed class WatchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("WATCH", -2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy,
        AclCategory.Transaction,
        KeySpec.From(1, KeyFlags.ReadOnly))
    {
        Traits = CommandTraits.RunsInMulti,
        Syntax = "key [key ...]",
        Since = "2.2.0",
        Group = "transactions",
        Complexity = "O(1) for every key.",
        Summary = "Watch the given keys to determine execution of the MULTI/EXEC block",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Session.Transaction != null)
        {
            context.Reply.Error("ERR WATCH inside MULTI is not allowed");
            return;
        }

        for (int i = 1; i < context.ArgumentCount; i++) Watch(context, context.Argument(i));
        context.Reply.Ok();
    }

    private static void Watch(CommandContext context, ReadOnlySpan<byte> key)
    {
        int database = context.Session.Database;
        foreach (WatchedKey watched in context.Session.Watched)
        {
            if (watched.Database == database && watched.Key.Span.SequenceEqual(key)) return;
        }

        var core = context.Core!;
        int index = core.Group.PartitionOf(key);
        Partition partition = core.Group.Partitions[index].Store;
        ulong version = partition.Watch(core.Storage, database, key);
        context.Session.Watched.Add(new WatchedKey(database, index, key.ToArray(), version));
    }
}
