using System.Text;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Tests.Simulation;

/// <summary>
/// A disk in memory, on one thread, from one seed. A write is readable at once and durable after the file's
/// sync; a name after its directory's. <see cref="Crash"/> loses a seeded choice of everything else: each
/// 512-byte sector of unsynced writes survives or not (one may be torn at a byte), lengths and names are old
/// or new. Faults strike by predicate.
/// </summary>
public sealed class SimDisk : IDisk
{
    private readonly List<SimDiskQueue> _queues = [];
    private readonly HashSet<string> _locks = [];
    private SimDiskTree _tree = new(new SimDiskDirectory());
    private readonly SimMappings _mappings = new();
    private readonly SimSeed _seed;
    private bool _dying;

    public SimDisk(ulong seed, IClock? clock = null)
    {
        _seed = new SimSeed(seed);
        Clock = clock ?? new SimClock();
        BootId = _seed.Split().Next() | 1;
    }

    /// <summary>Changes with every power failure.</summary>
    public UInt128 BootId { get; private set; }

    /// <summary>False when files cannot be mapped.</summary>
    public bool CanMap { get; set; } = true;

    /// <summary>False when a file can have one name only.</summary>
    public bool CanLink { get; set; } = true;

    /// <summary>Decides when asynchronous operations are ready.</summary>
    public IClock Clock { get; }

    /// <summary>Faults, tried in order; the first that strikes counts.</summary>
    public List<SimDiskFault> Faults { get; } = [];

    /// <summary>Sees every operation before it takes effect.</summary>
    public Action<SimDiskOperation>? Trace { get; set; }

    /// <summary>How long an asynchronous operation takes, in microseconds. Zero when null.</summary>
    public Func<SimDiskOperation, long>? Latency { get; set; }

    /// <summary>
    /// True: operations that are ready together complete in a seeded order rather than as they were started.
    /// </summary>
    public bool Reorders { get; set; }

    /// <summary>How likely a sector's latest unsynced version, or a name's change, survives a
    /// crash.</summary>
    public double SurvivalProbability { get; set; } = 0.5;

    /// <summary>The sum of file lengths the disk can hold; more is ENOSPC.</summary>
    public long CapacityBytes { get; set; } = long.MaxValue;

    /// <summary>True to say that nothing is free, whatever there is.</summary>
    public bool SeemsFull { get; set; }

    /// <summary>Operations so far, of all kinds.</summary>
    public long Operations { get; private set; }

    /// <summary>Operations so far that change the disk or make changes durable.</summary>
    public long Mutations { get; private set; }

    /// <summary>
    /// The mutation (counted from 1) at which the power fails, with or without its effect; 0 for never.
    /// </summary>
    public long CrashAt { get; set; }

    /// <summary>The power has failed and <see cref="Crash"/> was not called yet.</summary>
    public bool IsDown { get; private set; }

    /// <summary>
    /// A hash of every operation so far with kind, path, offset, length and (for writes) bytes.
    /// </summary>
    public ulong TraceHash { get; private set; } = 14695981039346656037;

    /// <summary>Asynchronous operations started and not completed, over all queues.</summary>
    public int InFlight => _queues.Sum(queue => queue.InFlight);

    internal int Generation { get; private set; }

    internal SimDiskTree Tree => _tree;

    internal IReadOnlyList<SimDiskQueue> Queues => _queues;

    internal SimSeed Seed => _seed;

    /// <summary>Makes one core's queue.</summary>
    public SimDiskQueue CreateQueue()
    {
        SimDiskQueue queue = new(this);
        _queues.Add(queue);
        return queue;
    }

    /// <summary>
    /// The power fails now and comes back: open files, locks and queues of the past are dead.
    /// </summary>
    public void Crash()
    {
        Kill();
        BootId = _seed.Next();
        _tree.Root.Crash(_seed, SurvivalProbability);
        Faults.Clear();
    }

    /// <summary>The process ends without power loss (kill -9): what was written stays readable, and what was
    /// stored into mappings; handles and locks die.</summary>
    /// <remarks>Asynchronous operations in flight are carried out or not, by the seed.</remarks>
    public void Kill()
    {
        foreach (SimDiskQueue queue in _queues) queue.Abandon();
        _queues.Clear();
        _mappings.Store();
        _mappings.Clear();
        _locks.Clear();
        Generation++;
        IsDown = _dying = false;
        CrashAt = 0;
    }

    /// <summary>
    /// A copy of this disk as a process would find it if the present one were killed now; this one goes on.
    /// </summary>
    public SimDisk AfterKill(ulong seed)
    {
        SimDisk copy = Fork(seed);
        copy.BootId = BootId;
        return copy;
    }

    /// <summary>A copy of this disk as it would be if the power failed now; this one goes on.</summary>
    public SimDisk AfterCrash(ulong seed)
    {
        SimDisk copy = Fork(seed);
        copy.Crash();
        return copy;
    }

    /// <summary>
    /// A copy of what is stored, synced or not, without operations in flight, handles, faults and locks.
    /// </summary>
    public SimDisk Fork(ulong seed)
    {
        _mappings.Store();
        return new SimDisk(seed, Clock)
        {
            _tree = new SimDiskTree((SimDiskDirectory)_tree.Root.Clone([])),
            SurvivalProbability = SurvivalProbability,
            CapacityBytes = CapacityBytes,
        };
    }

    public DiskFile Open(string path, DiskOpenMode mode)
    {
        bool create = mode is DiskOpenMode.Create or DiskOpenMode.CreateDirect;
        Enter(create ? SimDiskOperationKind.Create : SimDiskOperationKind.Open, path);
        (SimDiskDirectory parent, string name) = _tree.Parent("open", path);
        SimDiskNode? node = parent.Find(name);
        if (create)
        {
            if (node is not null) throw new DiskException("open", path, Errno.Exists);
            parent.Add(name, node = new SimDiskInode());
        }

        Leave();
        return node switch
        {
            SimDiskInode inode => new SimDiskFile(this, path, inode, mode),
            null => throw new DiskException("open", path, Errno.NoEntry),
            _ => throw new DiskException("open", path, 21),
        };
    }

    public long Length(DiskFile file) => Own(file, "stat").Inode.Length;

    public unsafe int Read(DiskFile file, long offset, Span<byte> buffer)
    {
        SimDiskFile own = Own(file, "read");
        SimDiskFault? fault = Enter(SimDiskOperationKind.Read, file.Path, offset, buffer.Length);
        // SAFETY: the pointer is used for its alignment only.
        fixed (byte* pointer = buffer) own.CheckAligned("read", offset, pointer, buffer.Length);
        int count = own.Inode.Read(offset, buffer);
        if (fault?.Kind == SimDiskFaultKind.FlipBit && count > 0)
            buffer[_seed.Below(count)] ^= (byte)(1 << _seed.Below(8));
        return count;
    }

    public unsafe void Write(DiskFile file, long offset, ReadOnlySpan<byte> data)
    {
        SimDiskFile own = Own(file, "write");
        own.CheckWritable("write");
        // SAFETY: the pointer is used for its alignment only.
        fixed (byte* pointer = data) own.CheckAligned("write", offset, pointer, data.Length);
        SimDiskFault? fault = Enter(SimDiskOperationKind.Write, file.Path, offset, data.Length);
        Hash(data);
        if (Grow(own.Inode, offset + data.Length) < offset + data.Length)
            throw new DiskException("write", file.Path, Errno.NoSpace);
        Apply(own.Inode, offset, data, fault);
        Leave();
    }

    public void Sync(DiskFile file)
    {
        SimDiskFile own = Own(file, "sync");
        int error = SyncInode(own, own.Inode.Changes);
        if (error != 0) throw new DiskException("sync", file.Path, error);
    }

    public void Allocate(DiskFile file, long length)
    {
        SimDiskFile own = Own(file, "allocate");
        own.CheckWritable("allocate");
        Enter(SimDiskOperationKind.Allocate, file.Path, 0, length);
        if (length > own.Inode.Length)
        {
            if (Grow(own.Inode, length) < length)
                throw new DiskException("allocate", file.Path, Errno.NoSpace);
            own.Inode.SetLength(length);
        }

        Leave();
    }

    public void Truncate(DiskFile file, long length)
    {
        SimDiskFile own = Own(file, "truncate");
        own.CheckWritable("truncate");
        Enter(SimDiskOperationKind.Truncate, file.Path, 0, length);
        own.Inode.SetLength(length);
        Leave();
    }

    public void Rename(string from, string to)
    {
        Enter(SimDiskOperationKind.Rename, from);
        Hash(Encoding.UTF8.GetBytes(to));
        (SimDiskDirectory source, string oldName) = _tree.Parent("rename", from);
        (SimDiskDirectory target, string newName) = _tree.Parent("rename", to);
        SimDiskNode node = source.Find(oldName) ?? throw new DiskException("rename", from, Errno.NoEntry);
        if (source == target) source.Rename(oldName, newName);
        else
        {
            target.Add(newName, node);
            source.Remove(oldName);
        }

        Leave();
    }

    public void Delete(string path)
    {
        // Who gives up what he was doing deletes it, and goes on to free his memory.
        if (IsDown) return;
        Enter(SimDiskOperationKind.Delete, path);
        (SimDiskDirectory parent, string name) = _tree.Parent("delete", path);
        if (parent.Find(name) is null) throw new DiskException("delete", path, Errno.NoEntry);
        parent.Remove(name);
        Leave();
    }

    public bool TryLink(string existing, string path)
    {
        if (!CanLink) return false;
        Enter(SimDiskOperationKind.Link, path);
        SimDiskInode file = _tree.File("link", existing);
        (SimDiskDirectory parent, string name) = _tree.Parent("link", path);
        if (parent.Find(name) is not null) throw new DiskException("link", path, Errno.Exists);
        parent.Add(name, file);
        Leave();
        return true;
    }

    public void DeleteDirectory(string path)
    {
        Enter(SimDiskOperationKind.DeleteDirectory, path);
        if (_tree.Directory("rmdir", path).Names.Any()) throw new DiskException("rmdir", path, 39);
        (SimDiskDirectory parent, string name) = _tree.Parent("rmdir", path);
        parent.Remove(name);
        Leave();
    }

    public void SyncDirectory(string path)
    {
        Enter(SimDiskOperationKind.SyncDirectory, path);
        SimDiskDirectory directory = _tree.Directory("sync", path);
        directory.Sync();
        Leave();
    }

    public void CreateDirectory(string path)
    {
        Enter(SimDiskOperationKind.CreateDirectory, path);
        SimDiskDirectory at = _tree.Root;
        foreach (string name in SimDiskTree.Split(path))
        {
            if (at.Find(name) is null) at.Add(name, new SimDiskDirectory());
            at = at.Find(name) as SimDiskDirectory ?? throw new DiskException("mkdir", path, Errno.Exists);
        }

        Leave();
    }

    public bool Exists(string path) => _tree.Find(path) is not null;

    public IDiskFolder OpenFolder(string root, string folder) => new PathFolder(this, root, folder);

    public IReadOnlyList<string> List(string path)
    {
        Enter(SimDiskOperationKind.List, path);
        return [.. _tree.Directory("list", path).Names.Order(StringComparer.Ordinal)];
    }

    public IDirectoryLock? TryLock(string path)
    {
        _tree.Directory("lock", path);
        string key = string.Join('/', SimDiskTree.Split(path));
        return _locks.Add(key) ? new SimLock(this, key) : null;
    }

    public long TotalBytes(string path) => CapacityBytes;

    public long FreeBytes(string path) => SeemsFull ? 0 : Math.Max(0, CapacityBytes - _tree.UsedBytes);

    public SharedMapping? MapShared(DiskFile file, long length)
    {
        SimDiskFile own = Own(file, "map");
        own.CheckWritable("map");
        return CanMap ? _mappings.Map(own.Inode, length) : null;
    }

    /// <summary>
    /// Counts, hashes and traces an operation; throws what it meets; returns a fault that changes the effect.
    /// </summary>
    internal SimDiskFault? Enter(SimDiskOperationKind kind, string path, long offset = 0, long length = 0)
    {
        (SimDiskFault? fault, int error) = TryEnter(kind, path, offset, length);
        if (error == 0) return fault;
        Leave();
        throw new DiskException(kind.ToString().ToLowerInvariant(), path, error);
    }

    /// <summary>As <see cref="Enter"/>, with a failure as an errno instead of an exception.</summary>
    internal (SimDiskFault? Fault, int Errno) TryEnter(
        SimDiskOperationKind kind, string path, long offset, long length)
    {
        if (IsDown) throw new SimCrashException(Mutations);
        SimDiskOperation operation = new(kind, path, offset, length, ++Operations);
        Span<long> words = [(long)kind, offset, length];
        Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(words));
        Hash(Encoding.UTF8.GetBytes(path));
        Trace?.Invoke(operation);
        bool mutates = kind is not (SimDiskOperationKind.Open or SimDiskOperationKind.Read
            or SimDiskOperationKind.List or SimDiskOperationKind.Start);
        if (mutates && ++Mutations == CrashAt)
        {
            _dying = true;
            if (_seed.Chance(0.5)) Leave();
        }

        SimDiskFault? fault = Faults.Find(candidate => candidate.Strikes(operation));
        return (fault, fault?.Kind == SimDiskFaultKind.Fail ? fault.Errno : 0);
    }

    /// <summary>
    /// The end of an operation's effect: the point of a power failure that lets the operation through.
    /// </summary>
    internal void Leave()
    {
        if (!_dying) return;
        IsDown = true;
        throw new SimCrashException(Mutations);
    }

    internal void Hash(ReadOnlySpan<byte> bytes)
    {
        uint sum = Crc32C.Compute(bytes, (uint)bytes.Length);
        TraceHash = (TraceHash ^ sum) * 1099511628211;
    }

    internal static void Apply(SimDiskInode inode, long offset, ReadOnlySpan<byte> data, SimDiskFault? fault)
    {
        bool misdirected = fault?.Kind == SimDiskFaultKind.Misdirected;
        inode.Write(misdirected ? offset + fault!.Shift : offset, data, fault?.Kind == SimDiskFaultKind.Lost);
    }

    /// <summary>The length the file may reach, at most a wanted one, with the space left.</summary>
    internal long Grow(SimDiskInode inode, long wanted)
    {
        if (wanted <= inode.Length || CapacityBytes == long.MaxValue) return wanted;
        return Math.Min(wanted, inode.Length + Math.Max(0, CapacityBytes - _tree.UsedBytes));
    }

    /// <summary>Syncs a file's changes up to a number; returns 0 or an errno.</summary>
    internal int SyncInode(SimDiskFile file, long upTo)
    {
        (SimDiskFault? fault, int error) = TryEnter(SimDiskOperationKind.Sync, file.Path, 0, 0);
        if (error == 0) file.Inode.Sync(upTo);
        else if (fault!.Forgets) file.Inode.Forget(_seed, SurvivalProbability);
        Leave();
        return error;
    }

    internal SimDiskFile Own(DiskFile file, string operation)
    {
        SimDiskFile own = (SimDiskFile)file;
        own.CheckUsable(this, operation);
        return own;
    }

    internal void Unlock(string key) => _locks.Remove(key);
}
