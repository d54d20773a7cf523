using System.Buffers.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Commands.Keys;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;
using Hedge.Host.Slots;
using Hedge.Storage.Exports;

namespace Hedge.Host.Executions;

/// <summary>What a command that is more than a single key's needs to hold: which partitions,
/// or all cores.</summary>
internal sealed class Scopes(CoreLoop loop)
{
    /// <summary>Adds the partitions the request needs. True when it needs all cores to stand still.</summary>
    public bool Needs(Connection client, Request request, Command command, ref PartitionSet partitions)
    {
        switch (command.Spec.Scope)
        {
            case CommandScope.AllCores:
                return true;
            case CommandScope.AllPartitions:
                // What it needed them for has been done: others go on while it waits.
                if (request.Progress is Export or IFreeProgress) return false;
                partitions = PartitionSet.All(loop.Group.Partitions.Length);
                return false;
            case CommandScope.Cursor:
                AddScanned(client, request, ref partitions);
                return false;
            default:
                AddKeys(request, ref partitions);
                return command.Spec.Traits != CommandTraits.None
                    && NeedsMore(client, request, ref partitions);
        }
    }

    /// <summary>True for a scan that holds all partitions while it needs to read in one.</summary>
    public static bool NeedsLess(Request request, Lease lease) =>
        request.Progress is ScanPage { NeedsRest: false }
        && lease.Partitions.Next(lease.Partitions.Next(0) + 1) >= 0;

    private void AddScanned(Connection client, Request request, ref PartitionSet partitions)
    {
        var page = request.Progress as ScanPage;
        bool isQueued = client.Session.Transaction != null;
        int first = page?.Partition ?? CursorPartition(request);
        int end = isQueued || page is { NeedsRest: true } ? loop.Group.Partitions.Length : first + 1;
        for (int p = first; p < end; p++) partitions.Add(p);
    }

    // Any for what is not a cursor.
    private int CursorPartition(Request request) =>
        Utf8Parser.TryParse(request.Argument(1), out ulong cursor, out _)
            ? CursorTable.PartitionOf(cursor, loop.Group.Partitions.Length)
            : 0;

    /// <summary>Adds the partitions of the request's keys.</summary>
    public void AddKeys(Request request, ref PartitionSet partitions)
    {
        foreach (int key in request.Keys) partitions.Add(loop.Group.PartitionOf(request.Argument(key)));
    }

    /// <summary>Adds the partitions of the keys that the session watches.</summary>
    public static void AddWatched(Session session, ref PartitionSet partitions)
    {
        foreach (WatchedKey watched in session.Watched) partitions.Add(watched.Partition);
    }

    private bool NeedsMore(Connection client, Request request, ref PartitionSet partitions)
    {
        Command command = request.Command!;
        if (command.Has(CommandTraits.ForgetsWatchedKeys)) AddWatched(client.Session, ref partitions);
        if (command.Has(CommandTraits.RunsTransaction)) return TransactionNeeds(client, ref partitions);
        // Of a transaction: others do not wait.
        return command.Has(CommandTraits.Publishes)
            && loop.PubSub.OthersListen(request.Argument(1), command.Has(CommandTraits.PublishesSharded));
    }

    private bool TransactionNeeds(Connection client, ref PartitionSet partitions)
    {
        bool wholeCores = false;
        if (client.Session.Transaction is not { } transaction) return false;
        foreach (Request queued in transaction.Requests)
            wholeCores |= Needs(client, queued, queued.Command!, ref partitions);
        return wholeCores;
    }
}
