using System.Runtime.InteropServices;
using Hedge.Host.Declarations;
using Hedge.Resp;

namespace Hedge.Host.Clients;

/// <summary>How CLIENT UNBLOCK ends a wait.</summary>
internal enum Unblocking
{
    /// <summary>It does not.</summary>
    No,

    /// <summary>As if the time were over.</summary>
    AsTimeout,

    /// <summary>With an error reply.</summary>
    WithError,
}

/// <summary>
/// One command on its way to execution: what to run, with which arguments, for whom. Its arguments point into
/// bytes that somebody else keeps in place (received bytes, a mailbox), or, after <see cref="Own"/>,
/// into its own copy. Pooled.
/// </summary>
internal sealed unsafe class Request
{
    private const int PooledBytesMax = 64 * 1024;

    // SAFETY: valid as long as the bytes they point into; Own makes them independent of the original.
    private nint[] _pointers = new nint[8];
    private int[] _lengths = new int[8];
    private byte* _own;
    private int _ownCapacity;
    private int _ownUsed;

    /// <summary>What to run; null for a request that cannot be run (see <see cref="Problem"/>).</summary>
    public Command? Command;

    /// <summary>A parser's error text that closes the connection when its turn comes;
    /// null for a command.</summary>
    public string? Problem;

    /// <summary>The client, when it belongs to the executing core;
    /// else null and the origin fields say who it is.</summary>
    public Connection? Client;

    /// <summary>The core, connection and session that sent a forwarded request.</summary>
    public int OriginCore;

    /// <inheritdoc cref="OriginCore"/>
    public int OriginConnection;

    /// <inheritdoc cref="OriginCore"/>
    public long OriginSession;

    /// <summary>The place in the client's reply order;
    /// meaningless before the request waits for anything.</summary>
    public long Slot;

    /// <summary>The client's database and protocol when the command was sent.</summary>
    public int Database;

    /// <inheritdoc cref="Database"/>
    public int Protocol;

    /// <summary>Of a forwarded request: its client's look-ups do not count as use (CLIENT
    /// NO-TOUCH).</summary>
    public bool NoTouch;

    /// <summary>The client is told when keys change that the command reads, or the commands inside it (CLIENT
    /// TRACKING).</summary>
    public bool Tracks;

    /// <summary>The partition of the only key, or -1.</summary>
    public int Partition;

    /// <summary>Argument index of the only key.</summary>
    public int KeyIndex;

    /// <summary>The hash of the only key, in <see cref="Database"/> at <see cref="HashEpoch"/>.</summary>
    public ulong Hash;

    /// <summary>The partition's epoch for which the hash was computed.</summary>
    public uint HashEpoch;

    /// <summary>Where the request ends in the bytes that were parsed, from their start.</summary>
    public int End;

    /// <summary>When the request came, if it has waited since; 0 for one of the batch being run. Monotonic
    /// microseconds.</summary>
    public long Arrived;

    /// <summary>How long it has waited for the disk, in microseconds.</summary>
    public long DiskWait;

    /// <summary>How long it has run before it paused, microseconds.</summary>
    public long Ran;

    /// <summary>Set when a waiting command is to end early.</summary>
    public Unblocking Unblocked;

    /// <summary>The script that it runs, once that has been looked up.</summary>
    public object? Program;

    /// <summary>True for one that pauses in place, and for which its client's later commands do not
    /// wait.</summary>
    public bool IsBeside;

    /// <summary>What the command keeps between runs.</summary>
    public object? Progress;

    /// <summary>Who waits for what the request is going to miss, while the request waits for others of its
    /// key; null for nobody.</summary>
    public object? Ahead;

    /// <summary>What gets the records of very many keys into memory before the command runs, and keeps them
    /// there until it is disposed of; null for the usual command.</summary>
    public IDisposable? Preparation;

    /// <summary>Number of arguments with the command's name.</summary>
    public int Count { get; private set; }

    /// <summary>True when the arguments stand in the request's own copy.</summary>
    public bool IsOwned { get; private set; }

    /// <summary>The client whose waiting bytes include this request's; null for none.</summary>
    public Connection? CountedFor { get; set; }

    /// <summary>How many bytes of it are counted there.</summary>
    public long CountedBytes { get; set; }

    /// <summary>Bytes of all arguments.</summary>
    public long ArgumentBytes
    {
        get
        {
            long bytes = 0;
            for (int i = 0; i < Count; i++) bytes += _lengths[i];
            return bytes;
        }
    }

    public ReadOnlySpan<byte> Argument(int index) => new((void*)_pointers[index], _lengths[index]);

    /// <summary>The only key.</summary>
    public ReadOnlySpan<byte> Key => Argument(KeyIndex);

    /// <summary>The argument indices of all keys of a request with a <see cref="Command"/>.</summary>
    public KeyPositions Keys => KeyPositions.Of(Command!.Spec, All);

    /// <summary>Its arguments.</summary>
    internal AllArguments All => new(this);

    internal readonly struct AllArguments(Request request) : IArguments
    {
        public int Count => request.Count;

        public ReadOnlySpan<byte> this[int index] => request.Argument(index);
    }

    /// <summary>True when <paramref name="key"/> is the request's only key itself,
    /// not just an equal one.</summary>
    public bool IsKey(ReadOnlySpan<byte> key) =>
        Partition >= 0 && key.Length == _lengths[KeyIndex]
        && System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetReference(key))
            == (void*)_pointers[KeyIndex];

    /// <summary>Takes the arguments of a parsed request that starts at <paramref name="input"/>'s first
    /// byte. They point into it: native or pinned memory,
    /// which stays in place until the batch ends.</summary>
    public void Take(RequestArguments arguments, ReadOnlySpan<byte> input)
    {
        var data = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(
            ref MemoryMarshal.GetReference(input));
        int count = arguments.Count;
        Arrived = DiskWait = Ran = 0;
        Program = null;
        Reserve(count);
        IsOwned = false;
        if (arguments.IsScratch)
        {
            // The scratch buffer is reused by the next inline request,
            // so these rare arguments are copied at once.
            ReadOnlySpan<byte> scratch = arguments.Scratch;
            for (int i = 0; i < count; i++)
            {
                fixed (byte* at = scratch) SetArgument(i, at + arguments.Offset(i), arguments.Length(i));
            }

            Own();
            return;
        }

        ReadOnlySpan<ArgumentRange> ranges = arguments.Ranges;
        for (int i = 0; i < ranges.Length; i++)
        {
            _pointers[i] = (nint)(data + ranges[i].Offset);
            _lengths[i] = ranges[i].Length;
        }
    }

    /// <summary>Sets the number of arguments, to be given by <see cref="SetArgument"/>.</summary>
    public void Reserve(int count)
    {
        if (count > _pointers.Length)
        {
            int size = Math.Max(count, _pointers.Length * 2);
            _pointers = new nint[size];
            _lengths = new int[size];
        }

        Count = count;
    }

    public void SetArgument(int index, byte* pointer, int length)
    {
        _pointers[index] = (nint)pointer;
        _lengths[index] = length;
    }

    /// <summary>Bytes that so many arguments take packed: their lengths, then they themselves.</summary>
    public static long PackedBytes(int count, long argumentBytes) =>
        ((long)count * sizeof(int)) + argumentBytes;

    /// <summary>Writes the arguments packed.</summary>
    public void Pack(byte* to)
    {
        int* lengths = (int*)to;
        to = (byte*)(lengths + Count);
        for (int i = 0; i < Count; i++)
        {
            lengths[i] = _lengths[i];
            Argument(i).CopyTo(new Span<byte>(to, _lengths[i]));
            to += _lengths[i];
        }
    }

    /// <summary>Takes packed arguments, which stay where they are.</summary>
    public void Unpack(byte* from, int count)
    {
        Reserve(count);
        int* lengths = (int*)from;
        from = (byte*)(lengths + count);
        for (int i = 0; i < count; i++)
        {
            SetArgument(i, from, lengths[i]);
            from += lengths[i];
        }
    }

    /// <summary>Copies everything from <paramref name="other"/>,
    /// the arguments into memory of this request's own.</summary>
    public void CopyFrom(Request other)
    {
        Command = other.Command;
        Problem = other.Problem;
        Client = other.Client;
        OriginCore = other.OriginCore;
        OriginConnection = other.OriginConnection;
        OriginSession = other.OriginSession;
        Slot = other.Slot;
        Database = other.Database;
        Protocol = other.Protocol;
        NoTouch = other.NoTouch;
        Tracks = other.Tracks;
        Partition = other.Partition;
        Hash = other.Hash;
        KeyIndex = other.KeyIndex;
        HashEpoch = other.HashEpoch;
        Progress = other.Progress;
        Program = other.Program;
        Arrived = other.Arrived;
        DiskWait = other.DiskWait;
        Ran = other.Ran;
        Unblocked = Unblocking.No;
        Reserve(other.Count);
        for (int i = 0; i < other.Count; i++)
        {
            _pointers[i] = other._pointers[i];
            _lengths[i] = other._lengths[i];
        }

        IsOwned = false;
        Own();
    }

    /// <summary>Copies the arguments into memory of the request's own.</summary>
    public void Own()
    {
        if (IsOwned) return;
        long total = ArgumentBytes;
        if (total > _ownCapacity)
        {
            NativeMemory.Free(_own);
            _own = (byte*)NativeMemory.Alloc((nuint)total);
            _ownCapacity = (int)total;
        }

        byte* to = _own;
        for (int i = 0; i < Count; i++)
        {
            Buffer.MemoryCopy((void*)_pointers[i], to, _lengths[i], _lengths[i]);
            _pointers[i] = (nint)to;
            to += _lengths[i];
        }

        IsOwned = true;
    }

    /// <summary>Begins a request whose arguments are copied into memory of its own, one by one
    /// (<see cref="AddOwn"/>).</summary>
    /// <param name="count">How many there will be.</param>
    /// <param name="bytes">Their bytes, at most.</param>
    public void BeginOwn(int count, long bytes)
    {
        Reserve(count);
        Count = 0;
        if (bytes > _ownCapacity)
        {
            NativeMemory.Free(_own);
            _own = (byte*)NativeMemory.Alloc((nuint)bytes);
            _ownCapacity = checked((int)bytes);
        }

        _ownUsed = 0;
        IsOwned = true;
    }

    /// <summary>Adds an argument.</summary>
    public void AddOwn(ReadOnlySpan<byte> argument)
    {
        argument.CopyTo(new Span<byte>(_own + _ownUsed, argument.Length));
        SetArgument(Count++, _own + _ownUsed, argument.Length);
        _ownUsed += argument.Length;
    }

    /// <summary>Forgets everything before going back to a pool;
    /// memory of a large request is given up.</summary>
    public void Clear()
    {
        Command = null;
        Problem = null;
        Client = null;
        Progress = null;
        Ahead = null;
        Program = null;
        IsBeside = false;
        IsOwned = false;
        if (_ownCapacity > PooledBytesMax) Release();
        if (_pointers.Length > 1024)
        {
            _pointers = new nint[8];
            _lengths = new int[8];
        }
    }

    /// <summary>Frees the native memory.</summary>
    public void Release()
    {
        NativeMemory.Free(_own);
        _own = null;
        _ownCapacity = 0;
    }
}
