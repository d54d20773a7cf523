using Hedge.Host.Commands;
using Hedge.Host.Commands.Keys;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Cores;

/// <summary>
/// A partition as the cores see it: its store, its home core, and who waits for it.
/// Touched only by who holds the partition.
/// </summary>
internal class PartitionSlot(Partition store, int home, CursorTable cursors)
{
    private readonly Dictionary<ulong, Queue<Request>> _waiting = [];
    private readonly Stack<Queue<Request>> _queues = new();

    public Partition Store => store;

    /// <summary>The core that owns the partition.</summary>
    public int Home => home;

    /// <summary>The positions SCAN has handed out.</summary>
    public CursorTable Cursors => cursors;

    /// <summary>The lease that holds the partition, or null when its home core does.</summary>
    public Lease? Holder { get; set; }

    /// <summary>Requests that came while the partition was leased, in order.</summary>
    public DeferredRequests Deferred { get; } = new();

    /// <summary>True when no request waits for a record of this partition.</summary>
    public bool NobodyWaits => _waiting.Count == 0;

    /// <summary>True when a request waits for a record whose key has this hash:
    /// later ones on it queue behind.</summary>
    public bool IsAwaited(ulong hash) => _waiting.Count != 0 && HasQueue(hash);

    /// <summary>True when requests wait for this hash. A test plants a bug here.</summary>
    protected virtual bool HasQueue(ulong hash) => _waiting.ContainsKey(hash);

    /// <summary>Adds a request to those that wait for the key's record. True when it is the first.</summary>
    public bool Wait(Request request)
    {
        if (_waiting.TryGetValue(request.Hash, out Queue<Request>? queue))
        {
            queue.Enqueue(request);
            return false;
        }

        queue = _queues.Count > 0 ? _queues.Pop() : new Queue<Request>();
        queue.Enqueue(request);
        _waiting.Add(request.Hash, queue);
        return true;
    }

    /// <summary>The first request for the key is done: removes it and gives the next one, or null.</summary>
    public Request? Next(ulong hash)
    {
        Queue<Request> queue = _waiting[hash];
        queue.Dequeue();
        if (queue.TryPeek(out Request? next)) return next;
        _waiting.Remove(hash);
        _queues.Push(queue);
        return null;
    }

    /// <summary>True for a write while the partition's flushes have to catch up first.</summary>
    public bool Slows(Request request) =>
        Store.WritePressure >= 1 && (request.Command!.Spec.Flags & CommandFlags.Write) != 0;

    /// <summary>Brings a request's hash up to date.</summary>
    public void Rehash(Request request)
    {
        if (request.HashEpoch == Store.HashEpoch) return;
        request.HashEpoch = Store.HashEpoch;
        request.Hash = Store.Hash(request.Database, request.Key);
    }

    /// <summary>Lays aside all requests that wait for a key's record.</summary>
    public void DeferAll(ulong hash)
    {
        Queue<Request> queue = _waiting[hash];
        _waiting.Remove(hash);
        Deferred.TakeWaiters(queue);
        _queues.Push(queue);
    }
}
