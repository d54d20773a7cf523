using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Storage.Io.Services;

namespace Hedge.Storage.Records;

/// <summary>
/// Native memory for the records of one partition. The partition owns it; whoever holds the partition uses
/// it.
/// </summary>
/// <remarks>
/// 1. A record of up to 32 KiB gets a piece of its size class. Pieces are cut from slabs that are aligned
///    to their size, so that masking a piece's address gives its slab. A slab has its own list of free
///    pieces and is cut lazily.
/// 2. Slabs with room form a list per class. A slab that becomes empty returns to the system unless it is
///    the only one of its class with room.
/// 3. A larger record gets its own block from the system, with the block's capacity in front of the record.
///    From 1 MiB on the block is mapped, and the allocator knows which part of it is still zero and so
///    takes no memory.
/// 4. Slabs of closed chunks form a separate list, for the code that empties them.
/// </remarks>
internal sealed unsafe class RecordAllocator : IDisposable
{
    private const int OwnPrefixBytes = 16;
    private const long MappedBytesMin = 1 << 20;

    private readonly int[] _classBytes = new int[SizeClasses.Count];
    private readonly int[] _slabBytes = new int[SizeClasses.Count];
    private readonly ChunkArena _arena = new();

    // SAFETY: every pointer is null or a live slab of this allocator; slabs are freed in Release and Dispose
    // only.
    private Slab*[] _withRoom = new Slab*[SizeClasses.Count];
    private Slab* _all;
    private Slab* _closed;
    private Slab* _visited;
    private OwnBlock* _allOwn;
    private long _ownBytes;

    public RecordAllocator()
    {
        for (int i = 0; i < SizeClasses.Count; i++)
        {
            _classBytes[i] = SizeClasses.BytesOf(i);
            _slabBytes[i] = SizeClasses.SlabBytesOf(i);
        }
    }

    /// <summary>Bytes of live allocations, rounded up to their classes.</summary>
    public long BytesInUse { get; private set; }

    /// <summary>Bytes taken from the system.</summary>
    public long BytesHeld => _arena.BytesHeld + _ownBytes;

    /// <inheritdoc cref="ChunkArena.IsLittle"/>
    public bool IsLittle
    {
        set => _arena.IsLittle = value;
    }

    /// <summary>The chunks that are being emptied (<see cref="CloseEmptiest"/>).</summary>
    public IReadOnlySet<nint> ClosedChunks => _arena.Closed;

    /// <summary>Live allocations.</summary>
    public long Allocations { get; private set; }

    /// <summary>Allocates a record of <paramref name="bytes"/> in all. Sets only the size class.</summary>
    public RecordHeader* Allocate(long bytes)
    {
        Allocations++;
        if (bytes > SizeClasses.BytesMax) return AllocateOwn(bytes);
        int sizeClass = SizeClasses.ClassOf((int)bytes);
        Slab* slab = _withRoom[sizeClass];
        if (slab == null) slab = AddSlab(sizeClass);
        void* piece = slab->Free;
        if (piece != null) slab->Free = *(void**)piece;
        else
        {
            piece = (byte*)slab + slab->Cut;
            slab->Cut += _classBytes[sizeClass];
        }

        slab->Live++;
        if (slab->Live == slab->Capacity) Unlink(slab, ref _withRoom[sizeClass]);
        BytesInUse += _classBytes[sizeClass];
        RecordHeader* record = (RecordHeader*)piece;
        record->SizeClass = (byte)sizeClass;
        return record;
    }

    /// <summary>The bytes an allocation holds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Capacity(RecordHeader* record) => record->SizeClass == SizeClasses.Own
        ? Prefix(record)->Capacity
        : _classBytes[record->SizeClass];

    /// <summary>The length of an allocation's beginning after which all bytes are zero.</summary>
    public long Used(RecordHeader* record) => record->SizeClass == SizeClasses.Own
        ? Prefix(record)->Used : Capacity(record);

    /// <summary>Says that the first bytes of an allocation have been written, or will be.</summary>
    public static void Use(RecordHeader* record, long bytes)
    {
        if (record->SizeClass != SizeClasses.Own) return;
        OwnBlock* block = Prefix(record);
        if (block->Used < bytes) block->Used = bytes;
    }

    /// <summary>Says that only the first bytes of a new allocation have been written. Returns true when the
    /// rest is therefore zero.</summary>
    public static bool UseOnly(RecordHeader* record, long bytes)
    {
        if (record->SizeClass != SizeClasses.Own || !IsMapped(Prefix(record)->Capacity)) return false;
        Prefix(record)->Used = bytes;
        return true;
    }

    /// <summary>Frees an allocation.</summary>
    public void Free(RecordHeader* record)
    {
        Allocations--;
        int sizeClass = record->SizeClass;
        if (sizeClass == SizeClasses.Own)
        {
            FreeOwn(Prefix(record));
            return;
        }

        Slab* slab = (Slab*)((nuint)record & ~(nuint)(_slabBytes[sizeClass] - 1));
        *(void**)record = slab->Free;
        record->SizeClass = SizeClasses.None;
        slab->Free = record;
        BytesInUse -= _classBytes[sizeClass];
        if (slab->Live-- == slab->Capacity && !slab->IsClosed) Link(slab, ref _withRoom[sizeClass]);
        bool isAlone = slab->Next == null && slab->Previous == null && !slab->IsClosed;
        if (slab->Live == 0 && !isAlone) Release(slab);
    }

    /// <summary>Closes the chunks with the fewest bytes in use, of those whose records find room in other
    /// chunks' slabs: moving the others would only make new chunks. Nothing more is allocated there, and they
    /// return to the system when everything in them is freed.</summary>
    /// <param name="count">How many at most.</param>
    /// <returns>How many were closed.</returns>
    public int CloseEmptiest(int count)
    {
        Dictionary<nint, int[]> live = [];
        Dictionary<nint, int[]> capacity = [];
        long[] free = new long[SizeClasses.Count];
        for (Slab* slab = _all; slab != null; slab = slab->AllNext)
        {
            if (slab->IsClosed) continue;
            nint chunk = ChunkArena.ChunkOf(slab);
            Pieces(live, chunk)[slab->SizeClass] += slab->Live;
            Pieces(capacity, chunk)[slab->SizeClass] += slab->Capacity;
            free[slab->SizeClass] += slab->Capacity - slab->Live;
        }

        int closed = 0;
        foreach ((nint chunk, int[] pieces) in live.OrderBy(chunk => BytesOf(chunk.Value)))
        {
            if (closed == count) break;
            if (!FindsRoom(pieces, capacity[chunk], free)) continue;
            for (int i = 0; i < free.Length; i++) free[i] -= capacity[chunk][i];
            _arena.Close(chunk);
            closed++;
        }

        if (closed > 0) CloseSlabs();
        return closed;
    }

    private static int[] Pieces(Dictionary<nint, int[]> of, nint chunk)
    {
        ref int[]? pieces = ref CollectionsMarshal.GetValueRefOrAddDefault(of, chunk, out _);
        return pieces ??= new int[SizeClasses.Count];
    }

    private long BytesOf(int[] pieces)
    {
        long bytes = 0;
        for (int i = 0; i < pieces.Length; i++) bytes += (long)pieces[i] * _classBytes[i];
        return bytes;
    }

    // What is free elsewhere is all that is free, without what is free here.
    private static bool FindsRoom(int[] live, int[] capacity, long[] free)
    {
        for (int i = 0; i < free.Length; i++)
            if (live[i] > 0 && capacity[i] > free[i]) return false;
        return true;
    }

    private void CloseSlabs()
    {
        for (Slab* slab = _all, next; slab != null; slab = next)
        {
            next = slab->AllNext;
            if (slab->IsClosed || !_arena.Closed.Contains(ChunkArena.ChunkOf(slab))) continue;
            if (slab->Live < slab->Capacity) Unlink(slab, ref _withRoom[slab->SizeClass]);
            slab->IsClosed = true;
            slab->Visited = Slab.HeaderBytes;
            Link(slab, ref _closed);
            if (slab->Live == 0) Release(slab);
        }
    }

    /// <summary>Shows the records in closed chunks. Goes on where the last call ended.</summary>
    /// <param name="count">The most records to show.</param>
    /// <param name="visitor">Says which records to free. It may allocate meanwhile, but not free.</param>
    /// <returns>False when the last record has been shown. The next call begins anew.</returns>
    public bool VisitClosed<TVisitor>(int count, ref TVisitor visitor)
        where TVisitor : IRecordVisitor
    {
        if (_visited == null) _visited = _closed;
        while (_visited != null)
        {
            Slab* slab = _visited;
            if (slab->Visited >= slab->Cut)
            {
                slab->Visited = Slab.HeaderBytes;
                _visited = slab->Next;
                continue;
            }

            if (count-- == 0) return true;
            RecordHeader* record = (RecordHeader*)((byte*)slab + slab->Visited);
            slab->Visited += _classBytes[slab->SizeClass];
            if (record->SizeClass != SizeClasses.None && visitor.Visit(record)) Free(record);
        }

        return false;
    }

    /// <summary>Grows an allocation that has its own block, without a copy where the system can. The old
    /// pointer is invalid afterwards.</summary>
    public RecordHeader* GrowOwn(RecordHeader* record, long bytes)
    {
        Invariant.Check(record->SizeClass == SizeClasses.Own, "only an own allocation grows");
        OwnBlock* block = Prefix(record);
        UnlinkOwn(block);
        BytesInUse += bytes - block->Capacity;
        _ownBytes += bytes - block->Capacity;
        block = Resize(block, bytes);
        block->Capacity = bytes;
        LinkOwn(block);
        return (RecordHeader*)(block + 1);
    }

    /// <summary>Returns everything to the system, even live records.</summary>
    public void Dispose()
    {
        _arena.Dispose();
        _all = _closed = _visited = null;

        while (_allOwn != null)
        {
            OwnBlock* block = _allOwn;
            _allOwn = block->Next;
            Free(block);
        }

        _withRoom = new Slab*[SizeClasses.Count];
        BytesInUse = _ownBytes = Allocations = 0;
    }

    private static OwnBlock* Prefix(RecordHeader* record) => (OwnBlock*)record - 1;

    private RecordHeader* AllocateOwn(long bytes)
    {
        OwnBlock* block = IsMapped(bytes)
            ? (OwnBlock*)MappedMemory.Allocate(OwnBytes(bytes))
            : (OwnBlock*)NativeMemory.Alloc(OwnBytes(bytes));
        block->Capacity = block->Used = bytes;
        LinkOwn(block);
        BytesInUse += bytes;
        _ownBytes += bytes;
        RecordHeader* record = (RecordHeader*)(block + 1);
        record->SizeClass = SizeClasses.Own;
        return record;
    }

    private void FreeOwn(OwnBlock* block)
    {
        UnlinkOwn(block);
        BytesInUse -= block->Capacity;
        _ownBytes -= block->Capacity;
        Free(block);
    }

    private static bool IsMapped(long bytes) => bytes >= MappedBytesMin;

    private static nuint OwnBytes(long bytes) => (nuint)(sizeof(OwnBlock) + bytes);

    private static void Free(OwnBlock* block)
    {
        if (IsMapped(block->Capacity)) MappedMemory.Free(block, OwnBytes(block->Capacity));
        else NativeMemory.Free(block);
    }

    private static OwnBlock* Resize(OwnBlock* block, long bytes)
    {
        nuint before = OwnBytes(block->Capacity);
        if (!IsMapped(bytes))
        {
            block = (OwnBlock*)NativeMemory.Realloc(block, OwnBytes(bytes));
            block->Used = bytes;
            return block;
        }

        if (IsMapped(block->Capacity)) return (OwnBlock*)MappedMemory.Resize(block, before, OwnBytes(bytes));
        OwnBlock* mapped = (OwnBlock*)MappedMemory.Allocate(OwnBytes(bytes));
        Buffer.MemoryCopy(block, mapped, before, before);
        NativeMemory.Free(block);
        return mapped;
    }

    private void LinkOwn(OwnBlock* block)
    {
        block->Previous = null;
        block->Next = _allOwn;
        if (_allOwn != null) _allOwn->Previous = block;
        _allOwn = block;
    }

    private void UnlinkOwn(OwnBlock* block)
    {
        if (block->Previous != null) block->Previous->Next = block->Next;
        else _allOwn = block->Next;
        if (block->Next != null) block->Next->Previous = block->Previous;
    }

    private Slab* AddSlab(int sizeClass)
    {
        int bytes = _slabBytes[sizeClass];
        Slab* slab = (Slab*)_arena.Allocate(bytes);
        *slab = default;
        slab->Cut = Slab.HeaderBytes;
        slab->SizeClass = sizeClass;
        slab->Capacity = (bytes - Slab.HeaderBytes) / _classBytes[sizeClass];
        slab->AllNext = _all;
        if (_all != null) _all->AllPrevious = slab;
        _all = slab;
        Link(slab, ref _withRoom[sizeClass]);
        return slab;
    }

    private void Release(Slab* slab)
    {
        if (_visited == slab) _visited = slab->Next;
        Unlink(slab, ref (slab->IsClosed ? ref _closed : ref _withRoom[slab->SizeClass]));
        if (slab->AllPrevious != null) slab->AllPrevious->AllNext = slab->AllNext;
        else _all = slab->AllNext;
        if (slab->AllNext != null) slab->AllNext->AllPrevious = slab->AllPrevious;
        _arena.Free(slab, _slabBytes[slab->SizeClass]);
    }

    private static void Link(Slab* slab, ref Slab* first)
    {
        slab->Previous = null;
        slab->Next = first;
        if (first != null) first->Previous = slab;
        first = slab;
    }

    private static void Unlink(Slab* slab, ref Slab* first)
    {
        if (slab->Previous != null) slab->Previous->Next = slab->Next;
        else first = slab->Next;
        if (slab->Next != null) slab->Next->Previous = slab->Previous;
        slab->Next = slab->Previous = null;
    }

    /// <summary>The head of a slab.</summary>
    private struct Slab
    {
        public const int HeaderBytes = 64;

        public void* Free;
        public Slab* Next;
        public Slab* Previous;
        public Slab* AllNext;
        public Slab* AllPrevious;
        public int Live;
        public int Capacity;
        public int Cut;
        public int SizeClass;
        public int Visited;
        public bool IsClosed;
    }

    /// <summary>The header in front of an allocation that has its own block. It has 32 bytes, so that the
    /// record keeps its alignment.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 2 * OwnPrefixBytes)]
    private struct OwnBlock
    {
        public long Capacity;
        public long Used;
        public OwnBlock* Next;
        public OwnBlock* Previous;
    }
}
