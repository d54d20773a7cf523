using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;

namespace Hedge.Host.Leases;

/// <summary>
/// Clients that are blocked until a key changes: a core's part in that as the core of its clients and as the
/// owner of partitions.
/// <code>
/// client's core: Await, with all keys held: in line at every key → blocked
/// owner:         the end of a run that has changed a key → Give: the partition goes to the first in line
/// client's core: Given → the command runs again → it replies: End, out of all lines
///                                               → not yet: blocked as before, the next in line is given it
/// </code>
/// </summary>
/// <remarks>
/// Nobody else gets the partition between the end of the run and the last client in line. So what a run has
/// pushed goes to the clients that have waited for it, in their order. A wait that ends by its time, or by
/// CLIENT UNBLOCK, touches no key. A client that is served at one key leaves the lines of its other keys as
/// soon as their owners hold them; partitions that it is given until then go back.
/// </remarks>
internal sealed class KeyWaits(CoreTurn turn, PartitionTable partitions, CoreStorage storage, Mail mail,
    LeaseManager leases)
{
    private const int StaleMin = 1024;

    private readonly PriorityQueue<KeyWait, long> _deadlines = new();
    private readonly Dictionary<Connection, KeyWait> _blocked = [];
    private readonly Queue<Lease> _given = new();
    private readonly Queue<KeyWait> _ending = new();
    private readonly Dictionary<int, List<KeyWait>> _forgotten = [];

    /// <summary>Who runs the commands. Set once.</summary>
    public ILeasedCommands Commands { get; set; } = null!;

    /// <summary>True when partitions were given to clients of this core, or waits are to end.</summary>
    public bool AnyGiven => _given.Count > 0 || _ending.Count > 0;

    /// <summary>When the next wait ends by its time, Unix milliseconds; <see cref="long.MaxValue"/> for
    /// never.</summary>
    public long NextDue => _deadlines.TryPeek(out _, out long due) ? due : long.MaxValue;

    /// <summary>True when <see cref="Run"/> has something to do.</summary>
    public bool IsDue(long nowMilliseconds) => AnyGiven || NextDue <= nowMilliseconds;

    /// <summary>The client waits. All its keys are held, unless it was in line already.</summary>
    public void Await(Request request, long deadline)
    {
        if (_blocked.TryGetValue(request.Client!, out KeyWait? before))
        {
            before.Serving = null;
            return;
        }

        List<(int Partition, ReadOnlyMemory<byte> Key)> keys = [];
        bool needsMore = false;
        for (KeyPositions each = request.Keys; each.MoveNext();)
        {
            // Nobody waits for the key that an element goes to.
            bool isTarget = (each.Spec!.Flags & KeyFlags.Insert) != 0;
            needsMore |= isTarget;
            ReadOnlySpan<byte> key = request.Argument(each.Current);
            if (!isTarget) keys.Add((partitions.Of(key), key.ToArray()));
        }

        KeyWait wait = new(turn.Core, request, request.Client!.Session.Database, keys)
        {
            NeedsMore = needsMore,
        };
        foreach ((int partition, ReadOnlyMemory<byte> key) in keys)
            partitions[partition].Store.Watches.Wait(wait.Database, key.Span, wait);
        _blocked.Add(request.Client!, wait);
        if (deadline != long.MaxValue) _deadlines.Enqueue(wait, deadline);
    }

    /// <summary>A client of this core is given a partition.</summary>
    public void Given(Lease lease) => _given.Enqueue(lease);

    /// <summary>Goes on with those who were given something, then with those whose time is over.</summary>
    public void Run(long nowMilliseconds)
    {
        for (int left = _given.Count; left > 0; left--)
        {
            Lease lease = _given.Dequeue();
            leases.Accept();
            KeyWait wait = lease.Wait!;
            if (wait.IsOver || wait.Serving == null) Serve(lease);
            // It is collecting its partitions, this one too, and will see the change.
            else if (wait.NeedsMore) leases.Finish(lease);
            else wait.Given.Enqueue(lease);
        }

        while (_deadlines.TryPeek(out KeyWait? late, out long due) && due <= nowMilliseconds)
        {
            _deadlines.Dequeue();
            if (late is { IsOver: false, Ending: Unblocking.No }) End(late, Unblocking.AsTimeout);
        }

        for (int left = _ending.Count; left > 0; left--)
            if (_ending.Dequeue() is { IsOver: false, Serving: null } ending) Unblock(ending);
    }

    /// <summary>The command was run again, and waits as before.</summary>
    public void GoOn(KeyWait wait)
    {
        if (wait.Ending != Unblocking.No) Unblock(wait);
        else if (wait.Given.TryDequeue(out Lease? next)) Serve(next);
    }

    /// <summary>Ends a client's wait (CLIENT UNBLOCK, or the client goes), in the next turn. False when it
    /// does not wait for keys.</summary>
    public bool Unblock(Connection client, bool withError)
    {
        if (!_blocked.TryGetValue(client, out KeyWait? wait) || wait.Ending != Unblocking.No) return false;
        End(wait, withError ? Unblocking.WithError : Unblocking.AsTimeout);
        return true;
    }

    /// <summary>The command has replied, or is about to: ends its wait, if it has waited for keys. A closed
    /// client may have another request under way, whose end says nothing of the wait.</summary>
    public void End(Request request)
    {
        if (_blocked.Count == 0 || !_blocked.TryGetValue(request.Client!, out KeyWait? wait)) return;
        if (wait.Request == request) End(wait);
    }

    private void End(KeyWait wait)
    {
        wait.IsOver = true;
        Connection client = wait.Request.Client!;
        client.Session.Blocked = false;
        _blocked.Remove(client);
        if (_deadlines.Count > StaleMin && _deadlines.Count > 2 * _blocked.Count) Compact();
        Forget(wait);
        foreach (int core in wait.Keys.Select(key => partitions[key.Partition].Home).Distinct())
            if (core != turn.Core) mail.Send(core, new KeyWaitEnded(wait));
        while (wait.Given.TryDequeue(out Lease? lease)) leases.Finish(lease);
    }

    /// <summary>Owner: a client leaves the lines of this core's keys.</summary>
    public void Forget(KeyWait wait)
    {
        foreach ((int partition, ReadOnlyMemory<byte> key) in wait.Keys)
        {
            PartitionSlot slot = partitions[partition];
            if (slot.Home != turn.Core) continue;
            if (slot.Holder == null) slot.Store.Watches.EndWait(wait.Database, key.Span, wait);
            else if (_forgotten.TryGetValue(partition, out List<KeyWait>? waits)) waits.Add(wait);
            else _forgotten.Add(partition, [wait]);
        }
    }

    /// <summary>Owner: a partition is back.</summary>
    public void Returned(PartitionSlot slot)
    {
        if (_forgotten.Remove(slot.Store.Index, out List<KeyWait>? waits))
        {
            foreach (KeyWait wait in waits)
                foreach ((int partition, ReadOnlyMemory<byte> key) in wait.Keys)
                    if (partition == slot.Store.Index)
                        slot.Store.Watches.EndWait(wait.Database, key.Span, wait);
        }

        if (slot.Store.Watches.HasReady) Serve(slot);
    }

    /// <summary>Owner: a run is over; gives what it has changed to those who wait for it. What is lent is
    /// given when it is back.</summary>
    public void ServeChanged()
    {
        IList<PartitionState> changed = storage.Ready;
        foreach (PartitionState partition in changed)
        {
            PartitionSlot slot = partitions[partition.Index];
            if (slot.Home == turn.Core && !partition.IsInTransaction) Serve(slot);
        }

        changed.Clear();
    }

    /// <summary>Owner: gives a free partition to the next in line.</summary>
    public void Serve(PartitionSlot slot)
    {
        if (slot.Holder == null && slot.Store.Watches.TryTakeReady(out object? waiter, out var key))
            leases.Give(slot, (KeyWait)waiter, key);
    }

    private void Serve(Lease lease)
    {
        KeyWait wait = lease.Wait!;
        // The user may have other rights than when the wait began.
        if (wait.IsOver || Commands.TryRefuse(wait.Request))
        {
            leases.Finish(lease);
            return;
        }

        wait.Serving = lease;
        wait.Request.Client!.Session.Blocked = false;
        if (wait.NeedsMore) Exchange(lease);
        else Commands.RunLeased(lease);
    }

    // Gives back what was given, and asks for all that the command needs: whoever holds a partition must not
    // wait for another one. Somebody else may take the element meanwhile; then the client waits as before.
    private void Exchange(Lease lease)
    {
        PartitionSet needed = default;
        foreach (int key in lease.Request.Keys) needed.Add(partitions.Of(lease.Request.Argument(key)));
        leases.Finish(lease);
        leases.Begin(lease, needed);
    }

    private void End(KeyWait wait, Unblocking how)
    {
        wait.Ending = how;
        _ending.Enqueue(wait);
    }

    private void Unblock(KeyWait wait)
    {
        wait.Request.Unblocked = wait.Ending;
        Commands.RunUnblocked(wait.Request);
    }

    private void Compact()
    {
        (KeyWait, long)[] live = [.. _deadlines.UnorderedItems.Where(item => !item.Element.IsOver)];
        _deadlines.Clear();
        _deadlines.EnqueueRange(live);
    }
}
