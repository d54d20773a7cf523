using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>
/// A core's requests that wait for records to be read or for a time; the executor goes on with each when its
/// wait is over. Owned by the core.
/// </summary>
internal sealed class WaitingRoom(Executor executor, CoreLoop loop)
{
    private readonly PriorityQueue<Request, long> _later = new();
    private readonly Stack<MissWait> _waits = new();
    private readonly Queue<MissWait> _ready = new();
    private MissWait? _ending;

    /// <summary>When the next request that waits for a time is due, Unix milliseconds;
    /// <see cref="long.MaxValue"/> for none.</summary>
    public long NextDue => _later.TryPeek(out _, out long due) ? due : long.MaxValue;

    /// <summary>Keeps a request until a time, Unix milliseconds.</summary>
    public void AwaitTime(Request request, long due) => _later.Enqueue(request, due);

    /// <summary>Keeps a request until the records that its run missed are in memory.</summary>
    public void AwaitRecords(Request request, PartitionSlot? slot, Lease? lease)
    {
        // A request that has waited before keeps what was read for it then.
        bool again = _ending != null && _ending.Ended == request;
        MissWait wait = again ? _ending! : _waits.Count > 0 ? _waits.Pop() : new MissWait(this);
        if (again) _ending = null;
        loop.Statistics.Counters.CommandsRestarted++;
        wait.Request = request;
        wait.Slot = slot;
        wait.Lease = lease;
        wait.Began = loop.NowMicroseconds;
        if (!loop.Storage.FetchMisses(wait)) _ready.Enqueue(wait);
    }

    /// <summary>Runs again what found its records in memory after all.</summary>
    public void RunReady()
    {
        while (_ready.TryDequeue(out MissWait? wait)) End(wait, 0);
    }

    /// <summary>Runs again what waits for a time that has come.</summary>
    public void RunDue(long nowMilliseconds)
    {
        while (_later.TryPeek(out Request? request, out long due) && due <= nowMilliseconds)
        {
            _later.Dequeue();
            executor.RunWaiting(request);
        }
    }

    /// <summary>Ends a client's wait for a time. False when it does not wait for one.</summary>
    public bool Unblock(Connection client, bool withError)
    {
        foreach ((Request request, long _) in _later.UnorderedItems)
        {
            if (request.Client != client) continue;
            _later.Remove(request, out _, out _);
            request.Unblocked = withError ? Unblocking.WithError : Unblocking.AsTimeout;
            _later.Enqueue(request, 0);
            return true;
        }

        return false;
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
        request.DiskWait += Math.Max(1, loop.NowMicroseconds - wait.Began);
        _ending = wait;
        executor.Resume(request, slot, lease, errno);
        wait.Ended = null;
        if (_ending != wait) return;
        _ending = null;
        wait.ReleaseBlocks();
        _waits.Push(wait);
    }

    /// <summary>A request whose records are being read.</summary>
    private sealed class MissWait(WaitingRoom room) : MissWaiter
    {
        public Request? Request { get; set; }

        /// <summary>The request that is run again now.</summary>
        public Request? Ended { get; set; }

        public PartitionSlot? Slot { get; set; }

        public Lease? Lease { get; set; }

        /// <summary>The time at which the reads were asked for.</summary>
        public long Began { get; set; }

        protected override void Ready() => room.End(this, FailedErrno);
    }
}
