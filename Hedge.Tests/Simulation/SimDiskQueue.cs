using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>An open file of a <see cref="SimDisk"/>; dead after a crash, like its process.</summary>
internal sealed class SimDiskFile(SimDisk disk, string path, SimDiskInode inode, DiskOpenMode mode)
    : DiskFile(path)
{
    private readonly int _generation = disk.Generation;
    private bool _closed;

    public SimDiskInode Inode { get; } = inode;

    public int InFlight { get; set; }

    public void CheckUsable(SimDisk user, string operation)
    {
        if (user != disk) throw new InvalidOperationException($"{operation} {Path}: a file of another disk");
        if (user.IsDown) throw new SimCrashException(user.Mutations);
        if (_generation != user.Generation)
            throw new InvalidOperationException($"{operation} {Path}: a file from before the crash");
        if (_closed) throw new InvalidOperationException($"{operation} {Path}: the file is closed");
    }

    public void CheckWritable(string operation)
    {
        if (mode is DiskOpenMode.Read or DiskOpenMode.ReadDirect) throw new DiskException(operation, Path, 9);
    }

    public unsafe void CheckAligned(string operation, long offset, byte* pointer, long length)
    {
        bool aligned = offset % 4096 == 0 && length % 4096 == 0 && (nuint)pointer % 4096 == 0;
        if (aligned || mode is DiskOpenMode.Create or DiskOpenMode.Read or DiskOpenMode.ReadWrite) return;
        // No EINVAL for writes: who takes that for a file system without direct I/O would hide the mistake.
        if (operation == "write")
            throw new InvalidOperationException($"{Path}: an unaligned direct write, {length} at {offset}");
        throw new DiskException(operation, Path, Errno.Invalid);
    }

    public override void Dispose()
    {
        if (InFlight > 0 && !disk.IsDown && _generation == disk.Generation)
            throw new InvalidOperationException($"{Path} is closed with operations under way");
        _closed = true;
    }
}

/// <summary>
/// One core's asynchronous operations on a <see cref="SimDisk"/>. An operation takes effect when it
/// completes, in <see cref="Poll"/> or <see cref="SimDiskAccess.CompleteNext"/>; until then a crash leaves
/// any part of it done.
/// </summary>
public sealed unsafe class SimDiskQueue : IDiskQueue
{
    private readonly SimDisk _disk;
    private readonly List<Pending> _pending = [];

    internal SimDiskQueue(SimDisk disk) => _disk = disk;

    public int InFlight => _pending.Count;

    /// <summary>
    /// The monotonic time at which the next operation is ready, or null when none is in flight.
    /// </summary>
    public long? NextReadyMicroseconds =>
        _pending.Count == 0 ? null : _pending.Min(pending => pending.ReadyAt);

    public void Read(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        Start(new(Kind.Read, _disk.Own(file, "read"), offset, buffer, length, operation));

    public void Write(DiskFile file, long offset, byte* buffer, int length, DiskOperation operation) =>
        Start(new(Kind.Write, _disk.Own(file, "write"), offset, buffer, length, operation));

    public void WriteThenSync(DiskFile file, long offset, byte* buffer, int length,
        DiskOperation operation) =>
        Start(new(Kind.WriteThenSync, _disk.Own(file, "write"), offset, buffer, length, operation));

    public void Sync(DiskFile file, DiskOperation operation) =>
        Start(new(Kind.Sync, _disk.Own(file, "sync"), 0, null, 0, operation));

    /// <summary>Completes the operations that are ready by the clock. Returns how many.</summary>
    public int Poll()
    {
        long now = _disk.Clock.MonotonicMicroseconds;
        List<Pending> ready = _pending.FindAll(pending => pending.ReadyAt <= now);
        int count = ready.Count;
        while (ready.Count > 0)
        {
            int index = _disk.Reorders ? _disk.Seed.Below(ready.Count) : 0;
            Pending next = ready[index];
            ready.RemoveAt(index);
            Complete(next);
        }

        return count;
    }

    internal void CompleteAt(int index) => Complete(_pending[index]);

    // The process is gone; the device may still carry out what it was given.
    internal void Abandon()
    {
        foreach (Pending pending in _pending)
        {
            if (_disk.Seed.Chance(0.5)) continue;
            SimDiskInode inode = pending.File.Inode;
            if (pending.Operation is Kind.Write or Kind.WriteThenSync)
            {
                bool whole = _disk.Seed.Chance(0.5);
                int length = whole ? pending.Length : _disk.Seed.Below(pending.Length + 1);
                inode.Write(pending.Offset, pending.Data.AsSpan(0, length));
                if (whole && pending.Operation == Kind.WriteThenSync && _disk.Seed.Chance(0.5))
                    inode.Sync(inode.Changes);
            }
            else if (pending.Operation == Kind.Sync) inode.Sync(pending.Covers);
        }

        _pending.Clear();
    }

    private void Start(Pending pending)
    {
        SimDiskFile file = pending.File;
        Invariant.Check(pending.Length >= 0, "a disk operation's length is not negative");
        if (pending.IsWrite)
        {
            file.CheckWritable("write");
            file.CheckAligned("write", pending.Offset, pending.Buffer, pending.Length);
        }

        if (pending.Operation == Kind.Read)
            file.CheckAligned("read", pending.Offset, pending.Buffer, pending.Length);
        SimDiskFault? fault =
            _disk.Enter(SimDiskOperationKind.Start, file.Path, pending.Offset, pending.Length);
        SimDiskOperation seen = new(
            pending.DiskKind, file.Path, pending.Offset, pending.Length, _disk.Operations);
        pending.ReadyAt = _disk.Clock.MonotonicMicroseconds + (_disk.Latency?.Invoke(seen) ?? 0);
        if (fault?.Kind == SimDiskFaultKind.Delay) pending.ReadyAt += fault.DelayMicroseconds;
        pending.Covers = file.Inode.Changes;
        if (pending.IsWrite) pending.Data = new ReadOnlySpan<byte>(pending.Buffer, pending.Length).ToArray();
        file.InFlight++;
        _pending.Add(pending);
    }

    private void Complete(Pending pending)
    {
        int result = pending.Operation switch
        {
            Kind.Read => CarryOutRead(pending),
            Kind.Sync => -_disk.SyncInode(pending.File, pending.Covers),
            _ => CarryOutWrite(pending),
        };
        _pending.Remove(pending);
        pending.File.InFlight--;
        pending.Continuation.Complete(result);
    }

    private int CarryOutRead(Pending pending)
    {
        (SimDiskFault? fault, int error) = _disk.TryEnter(
            SimDiskOperationKind.Read, pending.File.Path, pending.Offset, pending.Length);
        if (error != 0) return -error;
        int length = fault?.Kind == SimDiskFaultKind.Short
            ? _disk.Seed.Below(pending.Length + 1) : pending.Length;
        Span<byte> target = new(pending.Buffer, length);
        int count = pending.File.Inode.Read(pending.Offset, target);
        if (fault?.Kind == SimDiskFaultKind.FlipBit && count > 0)
            target[_disk.Seed.Below(count)] ^= (byte)(1 << _disk.Seed.Below(8));
        return count;
    }

    private int CarryOutWrite(Pending pending)
    {
        ReadOnlySpan<byte> data = pending.Data;
        if (!data.SequenceEqual(new ReadOnlySpan<byte>(pending.Buffer, pending.Length)))
            throw new InvalidOperationException(
                $"{pending.File.Path}: a buffer changed while it was being written");
        (SimDiskFault? fault, int error) = _disk.TryEnter(
            SimDiskOperationKind.Write, pending.File.Path, pending.Offset, pending.Length);
        _disk.Hash(data);
        if (error != 0) return -error;
        SimDiskInode inode = pending.File.Inode;
        long end = _disk.Grow(inode, pending.Offset + pending.Length);
        int length = (int)Math.Max(0, end - pending.Offset);
        if (length == 0 && pending.Length > 0) return -Errno.NoSpace;
        if (fault?.Kind == SimDiskFaultKind.Short) length = _disk.Seed.Below(length + 1);
        SimDisk.Apply(inode, pending.Offset, data[..length], fault);
        _disk.Leave();
        if (length < pending.Length || pending.Operation != Kind.WriteThenSync) return length;
        int failed = _disk.SyncInode(pending.File, inode.Changes);
        return failed != 0 ? -failed : length;
    }

    private enum Kind
    {
        Read,
        Write,
        WriteThenSync,
        Sync,
    }

    private sealed class Pending(
        Kind kind, SimDiskFile file, long offset, byte* buffer, int length, DiskOperation continuation)
    {
        // SAFETY: the caller keeps the buffer valid and in place until completion, as IDiskQueue demands.
        public byte* Buffer { get; } = buffer;

        public Kind Operation { get; } = kind;

        public SimDiskFile File { get; } = file;

        public long Offset { get; } = offset;

        public int Length { get; } = length;

        public DiskOperation Continuation { get; } = continuation;

        public long ReadyAt { get; set; }

        /// <summary>For a sync: the changes that were complete when it started.</summary>
        public long Covers { get; set; }

        /// <summary>A write's bytes at its start: the owner may be gone when the power fails.</summary>
        public byte[] Data { get; set; } = [];

        public bool IsWrite => Operation is Kind.Write or Kind.WriteThenSync;

        public SimDiskOperationKind DiskKind => Operation switch
        {
            Kind.Read => SimDiskOperationKind.Read,
            Kind.Sync => SimDiskOperationKind.Sync,
            _ => SimDiskOperationKind.Write,
        };
    }
}
