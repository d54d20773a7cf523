using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Storage.Keys;
using Hedge.Storage.Partitions;

namespace Hedge.Host.Slots;

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

    /// <summary>True when requests wait for the record of this one's key: it queues behind.</summary>
    public bool IsAwaited(Request request) => _waiting.Count != 0 && HasQueue(LineOf(request));

    /// <summary>True for a script of several keys while requests wait for the record of one of them. It
    /// cannot stand in several lines, so it is laid aside, and what comes after it for this
    /// partition.</summary>
    public bool MustLetPass(Request request)
    {
        if (_waiting.Count == 0 || !request.Command!.Has(CommandTraits.RunsScript)) return false;
        int keys = 0;
        bool isAwaited = false;
        foreach (int key in request.Keys)
        {
            keys++;
            isAwaited |= HasQueue(LineOf(request.Database, request.Argument(key)));
        }

        return isAwaited && keys > 1;
    }

    /// <summary>True when requests wait in this line. A test plants a bug here.</summary>
    protected virtual bool HasQueue(ulong line) => _waiting.ContainsKey(line);

    /// <summary>In which line a single-key request waits. It stays the same when the database is flushed or
    /// exchanged, unlike the hash of the record. Keys that share a line wait for each other.</summary>
    public static ulong LineOf(Request request) => LineOf(request.Database, request.Key);

    /// <summary>Adds a request to those that wait for the key's record. True when it is the first.</summary>
    public bool Wait(Request request)
    {
        ulong line = LineOf(request);
        if (_waiting.TryGetValue(line, out Queue<Request>? queue))
        {
            queue.Enqueue(request);
            return false;
        }

        queue = _queues.Count > 0 ? _queues.Pop() : new Queue<Request>();
        queue.Enqueue(request);
        _waiting.Add(line, queue);
        return true;
    }

    /// <summary>The first request of a line is done: removes it and gives the next one, or null.</summary>
    public Request? Next(ulong line)
    {
        Queue<Request> queue = _waiting[line];
        queue.Dequeue();
        if (queue.TryPeek(out Request? next)) return next;
        _waiting.Remove(line);
        _queues.Push(queue);
        return null;
    }

    /// <summary>True for a write while the partition's flushes have to catch up first.</summary>
    public bool Slows(Request request) =>
        Store.WritePressure >= 1 && request.Command!.MayWrite;

    private static ulong LineOf(int database, ReadOnlySpan<byte> key) =>
        KeyHash.Compute((uint)database, key);

    /// <summary>Lays aside all requests of a line.</summary>
    public void DeferAll(ulong line)
    {
        Queue<Request> queue = _waiting[line];
        _waiting.Remove(line);
        Deferred.TakeWaiters(queue);
        _queues.Push(queue);
    }
}
