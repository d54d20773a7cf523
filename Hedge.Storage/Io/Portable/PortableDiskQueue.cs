using System.Collections.Concurrent;
using Hedge.Storage.Io.Disk;

namespace Hedge.Storage.Io.Portable;

/// <summary>A core's file operations as blocking calls on a bounded number of thread-pool threads.</summary>
internal sealed class PortableDiskQueue(PortableEvents events, int threadsMax)
    : DiskQueue, IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Started> _waiting = new();
    private readonly Stack<Started> _free = new();
    private int _threads;

    /// <summary>Takes a finished operation's event. Core only.</summary>
    /// <returns>1: an event was delivered.</returns>
    public int Complete(object subject, bool isDelivered)
    {
        Started started = (Started)subject;
        DiskOperation operation = started.Request.Operation!;
        int result = started.Result;
        started.Request = default;
        _free.Push(started);
        InFlight--;
        if (isDelivered) operation.Complete(result);
        return 1;
    }

    /// <summary>Runs operations on one thread until none waits.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            while (_waiting.TryDequeue(out Started? next))
            {
                next.Result = Run(next.Request);
                events.Post(PortableEventKind.DiskDone, next);
            }

            Interlocked.Decrement(ref _threads);
            // The core may have added an operation after the last look, while it still counted this thread.
        }
        while (!_waiting.IsEmpty && TryEnter());
    }

    /// <inheritdoc/>
    protected override void Start(in DiskRequest request)
    {
        if (!_free.TryPop(out Started? started)) started = new Started();
        started.Request = request;
        _waiting.Enqueue(started);
        Interlocked.MemoryBarrier();
        if (TryEnter()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    // SAFETY: the buffer is the caller's and valid until completion, as IDiskQueue demands.
    private static unsafe int Run(in DiskRequest request)
    {
        PosixFile file = request.File!;
        switch (request.Work)
        {
            case DiskWork.Read:
                return Transfers.Read(file, request.Offset, request.Buffer, request.Length);
            case DiskWork.Sync:
                return Transfers.Sync(file);
            default:
                int written = Transfers.Write(file, request.Offset, request.Buffer, request.Length);
                if (request.Work == DiskWork.Write || written != request.Length) return written;
                int synced = Transfers.Sync(file);
                return synced < 0 ? synced : written;
        }
    }

    private bool TryEnter()
    {
        while (true)
        {
            int threads = Volatile.Read(ref _threads);
            if (threads >= threadsMax) return false;
            if (Interlocked.CompareExchange(ref _threads, threads + 1, threads) == threads) return true;
        }
    }

    private sealed class Started
    {
        public DiskRequest Request;
        public int Result;
    }
}
