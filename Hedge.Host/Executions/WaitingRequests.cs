using Hedge.Host.Clients;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.Lookups;

namespace Hedge.Host.Executions;

/// <summary>
/// A core's requests that wait for records to be read or for a time; the executor goes on with each when its
/// wait is over. Of requests that wait for others of their key, it reads meanwhile what they are going to
/// miss, so that many of one large collection read at the same time. Owned by the core.
/// </summary>
internal sealed class WaitingRequests(Executor executor, CoreTurn turn, CoreStorage storage,
    CoreStatistics statistics, Trials trials, PartitionNeeds needs, LeaseManager leases, RequestPool pool)
    : IDisposable
{
    /// <summary>Most requests that go on in one turn, so that the other clients get theirs.</summary>
    private const int ReadyPerTurnMax = 256;

    /// <summary>How often a request in a key's queue is tried for what it misses.</summary>
    private const int TrialsMax = 4;

    private readonly PriorityQueue<Request, long> _later = new();
    private readonly Stack<MissWait> _waits = new();
    private readonly Queue<MissWait> _ready = new();
    private readonly Queue<Lease> _turns = new();
    private MissWait? _ending;

    /// <summary>When the next request that waits for a time is due, Unix milliseconds;
    /// <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue => _later.TryPeek(out _, out long due) ? due : long.MaxValue;

    /// <summary>Keeps a request until a time, Unix milliseconds.</summary>
    public void AwaitTime(Request request, long due)
    {
        _later.Enqueue(request, due);
        pool.WaitingForTime = _later.Count;
    }

    /// <summary>True while runs wait for their next turn.</summary>
    public bool AnyTurns => _turns.Count > 0;

    /// <summary>Keeps a leased request, with its lease, until the core's next turn.</summary>
    public void AwaitTurn(Lease lease) => _turns.Enqueue(lease);

    /// <summary>Runs those again that have given others their turn.</summary>
    public void RunTurns()
    {
        for (int left = _turns.Count; left > 0; left--) executor.Held.RunLeased(_turns.Dequeue());
    }

    /// <summary>Keeps a request until the records that its run missed are in memory.</summary>
    public void AwaitRecords(Request request, PartitionSlot? slot, Lease? lease)
    {
        MissWait wait = WaitOf(request, slot, lease);
        request.Ahead = null;
        statistics.Counters.CommandsRestarted++;
        if (!storage.FetchMisses(wait)) _ready.Enqueue(wait);
    }

    /// <summary>Reads what a request is going to miss that waits for others of its key.</summary>
    public void ReadAhead(Request request, PartitionSlot slot) => ReadAhead(request, slot, 0);

    private void ReadAhead(Request request, PartitionSlot slot, int trialsBefore)
    {
        if (!request.Command!.ReadsAhead || slot.Holder != null || trialsBefore == TrialsMax) return;
        if (!trials.Misses(request)) return;
        MissWait wait = WaitOf(request, slot, null);
        request.Ahead = wait;
        wait.Trials = trialsBefore + 1;
        if (!storage.FetchMisses(wait)) _ready.Enqueue(wait);
    }

    /// <summary>Runs a request again in the next turn. The blocks that were read for it may be
    /// dropped.</summary>
    public void AwaitTurn(Request request)
    {
        MissWait wait = WaitOf(request, null, null);
        wait.ReleaseBlocks();
        _ready.Enqueue(wait);
    }

    /// <summary>Looks up some of very many keys, if the request has such; what it needs is held. False: it
    /// goes on when more of them are in memory, or in the next turn.</summary>
    public bool Prepare(Request request)
    {
        if (request.Preparation is not KeyRounds { IsDone: false } rounds) return true;
        bool isUsedUp = rounds.Step(storage, turn.Settings.MemoryBudgetBytes, request);
        storage.EndCommand();
        if (isUsedUp && _ending != null && _ending.Ended == request) _ending.ReleaseBlocks();
        if (rounds.IsDone) return true;
        if (storage.HasMisses) AwaitRecords(request, null, null);
        else AwaitTurn(request);
        return false;
    }

    /// <summary>As <see cref="Prepare"/>, after a wait in which the partitions may have been lent.</summary>
    public bool PrepareHere(Request request)
    {
        if (request.Preparation is not KeyRounds { IsDone: false } rounds) return true;
        if (needs.IsAllHere(rounds.Partitions, false)) return Prepare(request);
        leases.Begin(request, rounds.Partitions, wholeCores: false);
        return false;
    }

    /// <summary>True when there are requests whose records are in memory.</summary>
    public bool AnyReady => _ready.Count > 0;

    /// <summary>Runs again requests whose records are in memory now, as many as fit a turn. Returns how many
    /// those were.</summary>
    public int RunReady()
    {
        // Requests that become ready meanwhile run in the next turn.
        int count = Math.Min(_ready.Count, ReadyPerTurnMax);
        for (int i = 0; i < count; i++)
        {
            MissWait wait = _ready.Dequeue();
            End(wait, wait.Errno);
        }

        return count;
    }

    /// <summary>Runs again what waits for a time that has come.</summary>
    public void RunDue(long nowMilliseconds)
    {
        while (_later.TryPeek(out Request? request, out long due) && due <= nowMilliseconds)
        {
            _later.Dequeue();
            pool.WaitingForTime = _later.Count;
            executor.Held.RunWaiting(request);
        }
    }

    /// <summary>Ends a client's wait for a time (CLIENT UNBLOCK). False when it does not wait for
    /// one.</summary>
    public bool Unblock(Connection client, bool withError)
    {
        foreach ((Request request, long _) in _later.UnorderedItems)
        {
            if (request.Client != client || !client.Session.Blocked) continue;
            _later.Remove(request, out _, out _);
            request.Unblocked = withError ? Unblocking.WithError : Unblocking.AsTimeout;
            _later.Enqueue(request, 0);
            return true;
        }

        return false;
    }

    /// <summary>At the end of the core: frees what requests keep that will not run again.</summary>
    public void Dispose()
    {
        foreach ((Request request, long _) in _later.UnorderedItems)
            (request.Progress as IDisposable)?.Dispose();
        trials.Dispose();
    }

    // A request that has waited before keeps the blocks read for it then, unless it needs them no more.
    private MissWait WaitOf(Request request, PartitionSlot? slot, Lease? lease)
    {
        bool again = _ending != null && _ending.Ended == request;
        MissWait wait = again ? _ending! : _waits.Count > 0 ? _waits.Pop() : new MissWait(this);
        if (again) _ending = null;
        if (request.Progress is IRunInPlace { HasGoneOn: true }) wait.ReleaseBlocks();
        wait.Request = request;
        wait.Slot = slot;
        wait.Lease = lease;
        wait.Errno = 0;
        wait.Began = turn.NowMicroseconds;
        wait.Trials = 0;
        return wait;
    }

    private void End(MissWait wait, int errno)
    {
        Request request = wait.Request!;
        PartitionSlot? slot = wait.Slot;
        Lease? lease = wait.Lease;
        wait.Request = null;
        wait.Slot = null;
        wait.Lease = null;
        wait.Ended = request;
        _ending = wait;
        if (wait.Trials == 0)
        {
            request.DiskWait += Math.Max(1, turn.NowMicroseconds - wait.Began);
            executor.Resume(request, slot, lease, errno);
        }
        else if (request.Ahead == wait)
        {
            // It still waits in its key's queue. One that has run meanwhile may be another one by now.
            request.Ahead = null;
            if (errno == 0) ReadAhead(request, slot!, wait.Trials);
        }

        wait.Ended = null;
        if (_ending != wait) return;
        _ending = null;
        wait.ReleaseBlocks();
        _waits.Push(wait);
    }

    /// <summary>A request whose records are being read.</summary>
    private sealed class MissWait(WaitingRequests room) : MissWaiter
    {
        public Request? Request { get; set; }

        /// <summary>The request that is run again now.</summary>
        public Request? Ended { get; set; }

        public PartitionSlot? Slot { get; set; }

        public Lease? Lease { get; set; }

        /// <summary>How often the request was tried that waits for others of its key; 0 for one that runs
        /// when its records are in memory.</summary>
        public int Trials { get; set; }

        /// <summary>The time at which the reads were asked for.</summary>
        public long Began { get; set; }

        /// <summary>Why what it needs could not be read; 0 when it was.</summary>
        public int Errno { get; set; }

        protected override void Ready()
        {
            Errno = FailedErrno;
            room._ready.Enqueue(this);
        }
    }
}
