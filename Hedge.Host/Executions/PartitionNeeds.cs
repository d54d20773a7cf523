using System.Buffers.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Commands.Keys;
using Hedge.Host.Declarations;
using Hedge.Host.Leases;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Executions;

/// <summary>What a command that is more than a single key's needs to hold: which partitions,
/// or all cores.</summary>
internal sealed class PartitionNeeds(PartitionTable partitions, LeaseManager leases, PubSubHub pubSub,
    CoreTurn turn, Server server, int cores)
{
    /// <summary>True when this core holds all that the command needs and nobody else claims it.</summary>
    public bool HoldsAll(Connection client, Request request, out PartitionSet needed, out bool wholeCores)
    {
        needed = default;
        wholeCores = Needs(client, request, request.Command!, ref needed);
        if (request.Command!.Spec.KeepsPartitions && !needed.IsEmpty) return false;
        return (!wholeCores && needed.IsEmpty) || IsAllHere(needed, wholeCores);
    }

    /// <summary>True when this core holds these partitions and nobody else claims them.</summary>
    public bool IsAllHere(in PartitionSet needed, bool wholeCores)
    {
        if (cores == 1) return !leases.AnyHeld;
        if (wholeCores || leases.AnyHeld) return false;
        for (int p = needed.Next(0); p >= 0; p = needed.Next(p + 1))
        {
            if (partitions[p].Home != turn.Core) return false;
        }

        return true;
    }

    /// <summary>Adds the partitions the request needs. True when it needs all cores to stand still.</summary>
    public bool Needs(Connection client, Request request, Command command, ref PartitionSet needed)
    {
        switch (command.Spec.Scope)
        {
            case CommandScope.AllCores:
                return true;
            case CommandScope.AllPartitions:
                // It needs the partitions no more, so others go on while it waits.
                if (request.Progress is IFreeProgress) return false;
                needed = PartitionSet.All(partitions.Count);
                return false;
            case CommandScope.Cursor:
                AddScanned(client, request, ref needed);
                return false;
            default:
                AddKeys(request, ref needed);
                return command.Spec.Traits != CommandTraits.None
                    && NeedsMore(client, request, ref needed);
        }
    }

    /// <summary>True for a scan that holds all partitions while it needs to read in one.</summary>
    public static bool NeedsLess(Request request, Lease lease) =>
        request.Progress is ScanPage { NeedsRest: false }
        && lease.Partitions.Next(lease.Partitions.Next(0) + 1) >= 0;

    /// <summary>Adds what a command needs that has been queued in its client's transaction. So EXEC need not
    /// go over all of them.</summary>
    public void Queue(Connection client, Request request)
    {
        Transaction transaction = client.Session.Transaction!;
        Command command = request.Command!;
        // What a script has been seen to touch may be more by the time it runs.
        if (command.Has(CommandTraits.RunsScript)) transaction.Needed = PartitionSet.All(partitions.Count);
        transaction.NeedsCores |= Needs(client, request, command, ref transaction.Needed);
        transaction.Publishes |= command.Has(CommandTraits.Publishes);
    }

    private void AddScanned(Connection client, Request request, ref PartitionSet needed)
    {
        var page = request.Progress as ScanPage;
        bool isQueued = client.Session.Transaction != null;
        int first = page?.Partition ?? CursorPartition(request);
        int end = isQueued || page is { NeedsRest: true } ? partitions.Count : first + 1;
        for (int p = first; p < end; p++) needed.Add(p);
    }

    // An argument that is no cursor may run on any partition: it gets an error.
    private int CursorPartition(Request request) =>
        Utf8Parser.TryParse(request.Argument(1), out ulong cursor, out _)
            ? CursorTable.PartitionOf(cursor, partitions.Count)
            : 0;

    /// <summary>Adds the partitions of the request's keys.</summary>
    public void AddKeys(Request request, ref PartitionSet needed)
    {
        foreach (int key in request.Keys) needed.Add(partitions.Of(request.Argument(key)));
    }

    private bool NeedsMore(Connection client, Request request, ref PartitionSet needed)
    {
        Command command = request.Command!;
        if (command.Has(CommandTraits.RunsScript)) return ScriptNeeds(client, request, ref needed);
        return command.Has(CommandTraits.RunsTransaction) && TransactionNeeds(client, ref needed);
    }

    /// <summary>True for a script that needs the partition of its keys only, all of which are in one: it is a
    /// request of that partition then, as those of single keys are.</summary>
    public bool IsInOne(Connection client, Request request)
    {
        // Its commands are looked at where the client's user is known.
        if (client.Session.IsLimited) return false;
        if (!request.Command!.Has(CommandTraits.RunsScript)) return false;
        if (client.Session.ScriptDebugging != ScriptDebugging.Off) return false;
        ScriptProgram? script = ScriptLookup.Find(server, request);
        if (script is not { Reach: ScriptReach.DeclaredKeys }) return false;
        if (script.Publishes && pubSub.AnyOtherListens) return false;
        int partition = -1;
        foreach (int key in request.Keys)
        {
            int of = partitions.Of(request.Argument(key));
            if (partition >= 0 && of != partition) return false;
            partition = of;
            request.KeyIndex = key;
        }

        request.Partition = partition;
        request.HashEpoch = uint.MaxValue;
        return partition >= 0;
    }

    // One that is not known yet is compiled when it runs; what it needs is known then.
    private bool ScriptNeeds(Connection client, Request request, ref PartitionSet needed)
    {
        ScriptProgram? script = ScriptLookup.Find(server, request);
        // (There is no client here for one of another core.)
        bool isDebugged = client?.Session.ScriptDebugging is not (null or ScriptDebugging.Off);
        bool needsAll = isDebugged || script is { Reach: not ScriptReach.DeclaredKeys };
        if (needsAll) needed = PartitionSet.All(partitions.Count);
        if (script is { Reach: ScriptReach.AllCores }) return true;
        return script is { Publishes: true } && pubSub.AnyOtherListens;
    }

    // Only EXEC asks this: outside of a transaction PUBLISH does not wait for other cores.
    private bool Publishes(Request request) => request.Command!.Has(CommandTraits.Publishes)
        && pubSub.OthersListen(request.Argument(1), request.Command!.Has(CommandTraits.PublishesSharded));

    private bool TransactionNeeds(Connection client, ref PartitionSet needed)
    {
        foreach (WatchedKey watched in client.Session.Watched) needed.Add(watched.Partition);
        if (client.Session.Transaction is not { } transaction) return false;
        needed.Add(transaction.Needed);
        if (transaction.NeedsCores) return true;
        if (!transaction.Publishes) return false;
        foreach (Request queued in transaction.Requests)
            if (Publishes(queued)) return true;
        return false;
    }
}
