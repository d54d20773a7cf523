using Hedge.Host.Clients;
using Hedge.Host.Connections;
using Hedge.Host.Mailboxes;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;

namespace Hedge.Host.Leases;

/// <summary>
/// One core's part in leases, both as the coordinator of its clients' commands and as the owner of
/// partitions.
/// <code>
/// coordinator:  Begin → for each core concerned, ascending: ask, wait for the grant → run → Release
///                                                            └► Withdraw, when that would take too long
/// owner:        Requested → grant when nothing asked for is held and nobody asked before (FIFO) → Released
/// </code>
/// A command that needs all cores to stand still collects its partitions first, while all cores go on: a
/// core that stands still could not give back what it has leased itself. Then the cores stop, in ascending
/// order. That step waits for other such commands only.
/// </summary>
/// <remarks>
/// A lease may be withdrawn until all its partitions are granted. The owners that were asked so far get the
/// same message as at its end: where it waits it is taken out, where it is granted the partitions are back. A
/// grant that is under way meanwhile is ignored. Messages between two cores keep their order.
/// </remarks>
internal sealed class LeaseManager(CoreTurn turn, PartitionTable partitions, CoreLinks links, Mail mail,
    CommitGate gate, CoreStorage storage, CoreStatistics statistics)
{
    private readonly Queue<Lease> _queue = new();
    private readonly Queue<Lease> _stops = new();
    private readonly List<Lease> _asked = [];
    private readonly List<Lease> _awaitingLog = [];

    /// <summary>The lease for which this core stands still, or null.</summary>
    public Lease? StandsStillFor { get; private set; }

    /// <summary>Leases this core coordinates that are under way.</summary>
    public int Active { get; private set; }

    /// <summary>Leases this core coordinates that wait for partitions. Not those for which the cores are to
    /// stand still: they have all partitions.</summary>
    public IReadOnlyList<Lease> Asked => _asked;

    /// <summary>A bug for tests to find.</summary>
    internal LeaseBug Bug { get; set; }

    /// <summary>Owner: partitions of this core that are leased out or asked for.</summary>
    public bool AnyHeld => _held > 0 || _queue.Count > 0 || _stops.Count > 0;

    private int _held;
    private Lease? _whole;
    private KeyWaits _keyWaits = null!;
    private ForgottenWatches _watches = null!;
    private ILeasedCommands _commands = null!;

    /// <summary>Where the mailbox to the coordinator must be published to for the grant to be seen;
    /// -1 when that is not known yet.</summary>
    private long _grantEnd;

    /// <summary>Sets, once, who runs leased commands, who waits for keys, and who watches them no
    /// more.</summary>
    public void Connect(ILeasedCommands commands, KeyWaits keyWaits, ForgottenWatches watches)
    {
        _commands = commands;
        _keyWaits = keyWaits;
        _watches = watches;
    }

    /// <summary>Coordinator: starts to collect the grants for a command;
    /// it runs as soon as all are there.</summary>
    public void Begin(Request request, PartitionSet needed, bool wholeCores) =>
        Begin(new Lease(turn.Core, request, needed, wholeCores));

    /// <summary>Coordinator: starts to collect partitions for what had a lease before: a blocked client that
    /// needs more than it was given, or a command whose lease was withdrawn.</summary>
    public void Begin(Lease before, PartitionSet needed)
    {
        Lease lease = new(turn.Core, before.Request, needed, before.WholeCores)
        {
            Wait = before.Wait,
            Key = before.Key,
        };
        if (before.Wait is { } wait) wait.Serving = lease;
        Begin(lease);
    }

    /// <summary>Coordinator: gives up a lease that waits for partitions. What it has got so far goes
    /// back.</summary>
    public void Withdraw(Lease lease)
    {
        EndAsking(lease);
        lease.IsWithdrawn = true;
        statistics.Counters.LeasesWithdrawn++;
        int last = Bug == LeaseBug.KeepsWithdrawn ? lease.NextCore - 1 : lease.NextCore;
        Release(lease, last);
    }

    /// <summary>Coordinator and owner: keeps partitions of this core, which nobody claims, for a command that
    /// has begun without a lease and pauses.</summary>
    public Lease Hold(Request request, in PartitionSet needed, bool wholeCores)
    {
        Active++;
        statistics.Counters.Leases++;
        Lease lease = new(turn.Core, request, needed, wholeCores) { StopsCores = wholeCores };
        if (wholeCores) _whole = lease;
        Take(lease);
        return lease;
    }

    /// <summary>Owner: gives a free partition to a blocked client, before anybody else.</summary>
    public void Give(PartitionSlot slot, KeyWait wait, ReadOnlyMemory<byte> key)
    {
        PartitionSet needed = default;
        needed.Add(slot.Store.Index);
        Lease lease = new(wait.Core, wait.Request, needed, wholeCores: false) { Wait = wait, Key = key };
        Take(lease);
        if (wait.Core == turn.Core) _keyWaits.Given(lease);
        else mail.Send(wait.Core, new KeyChanged(lease));
    }

    /// <summary>Coordinator: takes what <see cref="Give"/> gave.</summary>
    public void Accept()
    {
        Active++;
        statistics.Counters.Leases++;
    }

    /// <summary>Owner: a coordinator asks for this core's part.</summary>
    public void Requested(Lease lease)
    {
        (lease.StopsCores ? _stops : _queue).Enqueue(lease);
        GrantWaiting();
    }

    /// <summary>Coordinator: an owner has granted its part.</summary>
    public void Granted(Lease lease)
    {
        // It was under way when the lease was withdrawn; the owner has been told.
        if (lease.IsWithdrawn && Bug != LeaseBug.TakesLateGrants) return;
        lease.NextCore++;
        Advance(lease);
    }

    /// <summary>Owner: the command has run, and the partitions are back; or the lease was withdrawn, wherever
    /// it stands.</summary>
    public void Released(Lease lease)
    {
        if (lease.IsWithdrawn && TakeOut(lease))
        {
            GrantWaiting();
            return;
        }

        if (_whole == lease) _whole = null;
        PartitionSet held = lease.Partitions;
        for (int p = held.Next(0); p >= 0; p = held.Next(p + 1))
        {
            PartitionSlot slot = partitions[p];
            if (slot.Home != turn.Core) continue;
            slot.Holder = null;
            _held--;
            _watches.Returned(slot);
        }

        for (int p = held.Next(0); p >= 0; p = held.Next(p + 1))
        {
            PartitionSlot slot = partitions[p];
            if (slot.Home != turn.Core) continue;
            _keyWaits.Returned(slot);
            _commands.RunDeferred(slot);
        }

        GrantWaiting();
    }

    /// <summary>Coordinator: the command is done; the lease ends as soon as its effects may be seen by
    /// others.</summary>
    public void Finish(Lease lease)
    {
        if (gate.HoldsBack)
        {
            lease.ReleaseAfter = storage.Log.Appended.Value;
            _awaitingLog.Add(lease);
            return;
        }

        Release(lease);
    }

    /// <summary>Coordinator: ends leases whose log position is as safe as it must be.</summary>
    public void LogSettled(long position)
    {
        for (int i = _awaitingLog.Count - 1; i >= 0; i--)
        {
            Lease lease = _awaitingLog[i];
            if (lease.ReleaseAfter > position) continue;
            _awaitingLog.RemoveAt(i);
            Release(lease);
        }
    }

    /// <summary>The log has failed: leases do not wait for it any more.</summary>
    public void LogFailed() => LogSettled(long.MaxValue);

    /// <summary>True from the moment at which the coordinator of <see cref="StandsStillFor"/> can see the
    /// grant, which waits for the log under appendfsync always. Before that the core goes on.</summary>
    public bool StandsStill => StandsStillFor is { IsReleased: false } lease && IsGrantVisible(lease);

    /// <summary>A core that stands still: true when it may go on.</summary>
    public bool MayGoOn()
    {
        if (StandsStillFor == null) return true;
        if (StandsStill) return false;
        if (!StandsStillFor.IsReleased) return true;
        StandsStillFor = null;
        GrantWaiting();
        return true;
    }

    private void Begin(Lease lease)
    {
        Accept();
        lease.Place = _asked.Count;
        _asked.Add(lease);
        Advance(lease);
    }

    // All its partitions are granted, or are not wanted any more.
    private void EndAsking(Lease lease)
    {
        Lease last = _asked[^1];
        _asked[lease.Place] = last;
        last.Place = lease.Place;
        _asked.RemoveAt(_asked.Count - 1);
        lease.Place = -1;
    }

    private bool IsGrantVisible(Lease lease)
    {
        Outbox outbox = links.Outbox(turn.Core, lease.Coordinator);
        if (_grantEnd < 0 && outbox.IsEmpty) _grantEnd = outbox.Mailbox.WrittenPosition;
        return _grantEnd >= 0 && outbox.Mailbox.PublishedPosition >= _grantEnd;
    }

    private void Release(Lease lease) => Release(lease, links.Count - 1);

    private void Release(Lease lease, int lastCore)
    {
        Active--;
        lease.IsReleased = true;
        for (int core = 0; core <= lastCore; core++)
        {
            if (!Concerns(lease, core)) continue;
            if (core == turn.Core) Released(lease);
            else if (lease.WholeCores) links.Wake(core);
            if (core != turn.Core && !lease.Partitions.IsEmpty)
                mail.Send(core, new LeaseReleased(lease));
        }
    }

    private void Advance(Lease lease)
    {
        while (lease.NextCore < links.Count && !Concerns(lease, lease.NextCore)) lease.NextCore++;
        if (lease.NextCore == links.Count)
        {
            if (lease.Place >= 0) EndAsking(lease);
            if (!lease.WholeCores || lease.StopsCores)
            {
                _commands.RunLeased(lease);
                return;
            }

            lease.StopsCores = true;
            lease.NextCore = 0;
        }

        if (lease.NextCore == turn.Core) Requested(lease);
        else mail.Send(lease.NextCore, new LeaseRequested(lease));
    }

    // Owner: the others keep their order. False when it is granted already.
    private bool TakeOut(Lease lease)
    {
        int before = _queue.Count;
        for (int left = before; left > 0; left--)
        {
            Lease next = _queue.Dequeue();
            if (next != lease) _queue.Enqueue(next);
        }

        return _queue.Count < before;
    }

    private void GrantWaiting()
    {
        StopForWaiting();
        while (_queue.TryPeek(out Lease? lease) && IsFree(lease))
        {
            _queue.Dequeue();
            Take(lease);
            if (lease.Coordinator == turn.Core) Granted(lease);
            else mail.Send(lease.Coordinator, new LeaseGranted(lease));
        }
    }

    private void Take(Lease lease)
    {
        PartitionSet held = lease.Partitions;
        for (int p = held.Next(0); p >= 0; p = held.Next(p + 1))
        {
            PartitionSlot slot = partitions[p];
            if (slot.Home != turn.Core) continue;
            slot.Holder = lease;
            _held++;
        }
    }

    /// <summary>Stands still for the first who asks for that.</summary>
    private void StopForWaiting()
    {
        while (StandsStillFor == null && _whole == null && _stops.TryDequeue(out Lease? lease))
        {
            if (lease.Coordinator == turn.Core)
            {
                _whole = lease;
                Granted(lease);
                continue;
            }

            mail.Send(lease.Coordinator, new LeaseGranted(lease));
            StandsStillFor = lease;
            _grantEnd = -1;
        }
    }

    private bool IsFree(Lease lease)
    {
        if (StandsStillFor != null) return false;
        PartitionSet held = lease.Partitions;
        for (int p = held.Next(0); p >= 0; p = held.Next(p + 1))
        {
            PartitionSlot slot = partitions[p];
            if (slot.Home == turn.Core && slot.Holder != null) return false;
        }

        return true;
    }

    private bool Concerns(Lease lease, int core)
    {
        if (lease.StopsCores) return true;
        PartitionSet held = lease.Partitions;
        for (int p = held.Next(0); p >= 0; p = held.Next(p + 1))
        {
            if (partitions[p].Home == core) return true;
        }

        return false;
    }
}

/// <summary>Bugs that tests plant.</summary>
internal enum LeaseBug
{
    /// <summary>None.</summary>
    None,

    /// <summary>A grant of a lease that was withdrawn counts.</summary>
    TakesLateGrants,

    /// <summary>The owner that was asked last is not told when a lease is withdrawn.</summary>
    KeepsWithdrawn,
}
