using System.Collections.Concurrent;
using Hedge.Storage.Io.Disk;

namespace Hedge.Storage.Io.Portable;

/// <summary>A core's file operations as blocking calls on a bounded number of thread-pool threads.</summary>
// SAFETY: buffers are the caller's and valid until completion, as IDiskQueue demands.
internal sealed unsafe class PortableDiskQueue(PortableEvents events, int threadsMax)
    : IDiskQueue, IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Work> _waiting = new();
    private readonly Stack<Work> _free = new();
    private int _threads;

    private enum WorkKind : byte
    {
        Read,
        Write,
        WriteThenSync,
        Sync,
    }

    /// <inheritdoc/>
    public int InFlight { get; private set; }

    /// <inheritdoc/>
    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(WorkKind.Read, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(WorkKind.Write, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void WriteThenSync(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
        => Start(WorkKind.WriteThenSync, file, offset, buffer, length, operation);

    /// <inheritdoc/>
    public void Sync(DiskFile file, DiskOperation operation)
        => Start(WorkKind.Sync, file, 0, null, 0, operation);

    /// <summary>Takes a finished operation's event. Core only.</summary>
    /// <returns>1: an event was delivered.</returns>
    public int Complete(object subject, bool isDelivered)
    {
        Work work = (Work)subject;
        DiskOperation operation = work.Operation!;
        int result = work.Result;
        work.Operation = null;
        work.File = null;
        _free.Push(work);
        InFlight--;
        if (isDelivered) operation.Complete(result);
        return 1;
    }

    /// <summary>One thread's share: runs operations until none waits.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            while (_waiting.TryDequeue(out Work? work))
            {
                work.Result = Run(work);
                events.Post(PortableEventKind.DiskDone, work);
            }

            Interlocked.Decrement(ref _threads);
            // Something may have come after the last look, from a core that still counted this thread.
        }
        while (!_waiting.IsEmpty && TryEnter());
    }

    private static int Run(Work work)
    {
        PosixFile file = work.File!;
        switch (work.Kind)
        {
            case WorkKind.Read:
                return Transfers.Read(file, work.Offset, work.Buffer, work.Length);
            case WorkKind.Sync:
                return Transfers.Sync(file);
            default:
                int written = Transfers.Write(file, work.Offset, work.Buffer, work.Length);
                if (work.Kind == WorkKind.Write || written != work.Length) return written;
                int synced = Transfers.Sync(file);
                return synced < 0 ? synced : written;
        }
    }

    private void Start(
        WorkKind kind, DiskFile file, long offset, byte* buffer, int length, DiskOperation operation)
    {
        if (!_free.TryPop(out Work? work)) work = new Work();
        work.Kind = kind;
        work.File = (PosixFile)file;
        work.Offset = offset;
        work.Buffer = buffer;
        work.Length = length;
        work.Operation = operation;
        InFlight++;
        _waiting.Enqueue(work);
        Interlocked.MemoryBarrier();
        if (TryEnter()) ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
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

    private sealed class Work
    {
        public DiskOperation? Operation { get; set; }

        public PosixFile? File { get; set; }

        public byte* Buffer { get; set; }

        public long Offset { get; set; }

        public int Length { get; set; }

        public int Result { get; set; }

        public WorkKind Kind { get; set; }
    }
}
