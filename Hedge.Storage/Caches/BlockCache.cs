using System.Runtime.InteropServices;
using Hedge.Storage.Damages;
using Hedge.Storage.Io;
using Hedge.Storage.Io.Compressions;
using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Caches;

/// <summary>A block kept in its cache; the default value is none.</summary>
internal readonly record struct BlockHold(int Slot, long Serial);

/// <summary>
/// A core's cache of verified data blocks and values in native memory, and the only way a core reads them.
/// One owner thread.
/// </summary>
/// <remarks>
/// 1. A block is wanted by TryGet. When it is not there, Load reads it; who wants
///    it too meanwhile shares the read. A block that cannot be read or is damaged is reported and not kept.
/// 2. A block given out or loaded in a turn stays in place to the turn's end (<see cref="EndTurn"/>).
/// 3. When the budget is used up, a CLOCK hand goes round. A block begins with no uses. Each look-up in a
///    later turn than the last adds one, up to three, and each passing of the hand takes one away. So the
///    blocks of a scan go first.
/// 4. A block of more than an eighth of the budget is kept beside the budget to the end of the first turn
///    that does not use it, so that one huge value does not empty the cache.
/// 5. Compressed blocks are unpacked when they have been read: the cache holds none.
/// 6. A command that needs several blocks holds those it has read until it has run to its end (<see
///    cref="Hold"/>). Otherwise the first might be evicted before the last is read, and the command would
///    never end. What is held or being read has left the hand's ring (<see cref="ClockRing"/>), and when
///    all that is in the ring was used in this turn, nobody looks for room: a load costs the same whatever
///    is held. <c>ReadAdmission</c> bounds how much that is.
/// </remarks>
internal sealed class BlockCache : IDisposable
{
    private const byte UsesMax = 3;
    private const int HugeDivisor = 8;
    private const int GhostCount = 4096;
    private const int BlocksReservedMax = 4 * 1024 * 1024;

    private readonly PageArena _arena;
    private readonly DamageRegister? _damages;
    private readonly BlockCodec _codec = new();
    private readonly Dictionary<BlockKey, int> _index = [];
    private readonly List<Slot> _slots = [];
    private readonly Stack<int> _freeSlots = new();
    private readonly Stack<BlockLoad> _pool = new();
    private readonly List<int> _huge = [];
    private readonly ClockRing _ring = new();
    private long _turn = 1;
    private long _bytesMax;
    private long _bytes;

    /// <summary>Blocks in the ring that this turn uses.</summary>
    private int _usedInRing;

    /// <summary>Makes an empty cache that reads through <paramref name="disk"/>.</summary>
    /// <param name="disk">The core's disk queue.</param>
    /// <param name="bytesMax">The budget in bytes.</param>
    /// <param name="damages">Hears of damaged blocks; null for nobody.</param>
    public BlockCache(IDiskQueue disk, long bytesMax, DamageRegister? damages = null)
    {
        _damages = damages;
        Disk = disk;
        _arena = new PageArena(disk);
        _bytesMax = bytesMax;
    }

    /// <summary>What reads the blocks.</summary>
    public IDiskQueue Disk { get; }

    /// <summary>The budget in bytes. What this turn uses and what is being read may exceed it.</summary>
    public long BytesMax
    {
        get => _bytesMax;
        set
        {
            _bytesMax = value;
            MakeRoom(0);
        }
    }

    /// <summary>Bytes of all blocks, those being read and the huge ones included.</summary>
    public long Bytes => _arena.LeasedBytes;

    /// <summary>Bytes of memory taken from the system.</summary>
    public long HeldBytes => _arena.HeldBytes;

    /// <summary>The blocks given up last.</summary>
    public Ghosts Ghosts { get; } = new(GhostCount);

    /// <summary>Blocks being read.</summary>
    public int InFlight { get; private set; }

    /// <summary>Holds on blocks that have not ended.</summary>
    public int Pins { get; private set; }

    /// <summary>Bytes of the blocks that are held or being read, the huge ones included.</summary>
    public long BusyBytes { get; private set; }

    /// <summary>How many blocks were looked at to find room.</summary>
    public long Examined { get; private set; }

    /// <summary>Look-ups that found their block, not counting the first after its load; and others.</summary>
    public long Hits { get; private set; }

    /// <inheritdoc cref="Hits"/>
    public long Misses { get; private set; }

    /// <summary>Blocks read from disk, and their bytes.</summary>
    public long Loads { get; private set; }

    /// <inheritdoc cref="Loads"/>
    public long LoadedBytes { get; private set; }

    /// <summary>Blocks given up for others.</summary>
    public long Evictions { get; private set; }

    /// <summary>Loads that failed.</summary>
    public long Failures { get; private set; }

    /// <summary>Gives the block if it is in the cache; its bytes stay until <see cref="EndTurn"/>.</summary>
    public bool TryGet(Run run, BlockLocation location, BlockUse use, out ReadOnlySpan<byte> block) =>
        TryGet(BlockKey.Of(run, location), use, out block);

    /// <summary>Gives the block or the value's pages, as the other overload.</summary>
    public bool TryGet(BlockKey key, BlockUse use, out ReadOnlySpan<byte> block)
    {
        if (!_index.TryGetValue(key, out int index))
        {
            if (use == BlockUse.Lookup) Misses++;
            block = default;
            return false;
        }

        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[index];
        if (slot.Load != null)
        {
            if (use == BlockUse.Lookup) Misses++;
            block = default;
            return false;
        }

        if (use == BlockUse.Lookup) CountUse(ref slot);
        if (slot.LastTurn != _turn && slot.IsInRing) _usedInRing++;
        slot.LastTurn = _turn;
        block = slot.Pages.Bytes;
        return true;
    }

    /// <summary>Reads a block that is not in the cache. True: the waiter will be called from a later poll.
    /// False: the block is there already. The callers bound the reads under way.</summary>
    public bool Load(Run run, BlockLocation location, IBlockWaiter waiter) =>
        Load(new BlockPlace(run, location), waiter);

    /// <inheritdoc cref="Load(Run, BlockLocation, IBlockWaiter)"/>
    public bool Load(in BlockPlace place, IBlockWaiter waiter)
    {
        BlockKey key = place.Key;
        BlockLocation location = place.Location;
        if (_index.TryGetValue(key, out int index))
        {
            BlockLoad? underWay = _slots[index].Load;
            underWay?.Waiters.Add(waiter);
            return underWay != null;
        }

        bool isHuge = location.Length > _bytesMax / HugeDivisor;
        if (!isHuge)
        {
            MakeRoom(location.Length);
            _bytes += location.Length;
        }

        if (!_freeSlots.TryPop(out index))
        {
            index = _slots.Count;
            _slots.Add(default);
        }

        if (!_pool.TryPop(out BlockLoad? load)) load = new BlockLoad(this);
        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[index];
        slot = new Slot
        {
            Key = key,
            Pages = _arena.Rent((int)location.Pages),
            IsHuge = isHuge,
            Load = load,
            Serial = Loads + 1,
        };
        _index.Add(key, index);
        BusyBytes += slot.Pages.Bytes.Length;
        InFlight++;
        Loads++;
        Ghosts.Missed(HashOf(key));
        LoadedBytes += location.Length;
        load.Start(place, index, slot.Pages, waiter);
        return true;
    }

    /// <summary>Keeps a block that is there or being read until <see cref="Release"/>.</summary>
    public BlockHold Hold(BlockKey key)
    {
        if (!_index.TryGetValue(key, out int index)) return default;
        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[index];
        if (slot is { Pins: 0, Load: null }) BeginUse(index, ref slot);
        slot.Pins++;
        Pins++;
        return new BlockHold(index, slot.Serial);
    }

    /// <summary>Ends a <see cref="Hold"/>. The block stays to the end of the turn that used it.</summary>
    public void Release(BlockHold hold)
    {
        if (hold.Serial == 0) return;
        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[hold.Slot];
        if (slot.Serial != hold.Serial) return;
        slot.Pins--;
        Pins--;
        if (slot is { Pins: 0, Load: null }) EndUse(hold.Slot, ref slot);
    }

    /// <summary>Ends the turn: blocks given out in it may go now.</summary>
    public void EndTurn()
    {
        for (int i = _huge.Count - 1; i >= 0; i--)
        {
            int index = _huge[i];
            if (_slots[index].LastTurn == _turn || _slots[index].Pins > 0) continue;
            _huge.RemoveAt(i);
            Drop(index);
        }

        _turn++;
        _usedInRing = 0;
        if (_bytes > _bytesMax) MakeRoom(0);
    }

    /// <summary>Gives memory beyond the budget back to the system: after the budget was lowered, the free
    /// memory is scattered between blocks. Seldom called.</summary>
    public void Trim()
    {
        if (_arena.ChunkBytes <= _bytesMax) return;
        HashSet<int> chunks = _arena.Emptiest(_bytesMax);
        for (int i = 0; chunks.Count > 0 && i < _slots.Count; i++)
        {
            if (!MayGo(_slots[i]) || !chunks.Contains(_slots[i].Pages.Chunk)) continue;
            Evictions++;
            Drop(i);
        }
    }

    /// <summary>Makes its tables large enough for a budget that it may grow to, so that growing leaves no
    /// smaller ones behind: what is reserved and not used takes no memory.</summary>
    public void Reserve(long bytesMax)
    {
        int blocks = (int)Math.Min(bytesMax / Page.Bytes, BlocksReservedMax);
        if (blocks <= _slots.Capacity) return;
        _slots.EnsureCapacity(blocks);
        _ring.EnsureCapacity(blocks);
        _index.EnsureCapacity(blocks);
    }

    /// <summary>Gives up all blocks but those that this turn uses and those being read.</summary>
    public void Clear()
    {
        long most = _bytesMax;
        BytesMax = 0;
        BytesMax = most;
    }

    /// <summary>Frees all blocks. No read may be under way.</summary>
    public void Dispose()
    {
        Invariant.Check(InFlight == 0, "no block is being read when its cache goes");
        Abandon();
    }

    /// <summary>As <see cref="Dispose"/>, when the reads under way will never complete: a simulated power
    /// failure has ended them.</summary>
    internal void Abandon()
    {
        foreach (int index in _index.Values) _arena.Return(_slots[index].Pages);
        _index.Clear();
        _slots.Clear();
        _codec.Dispose();
        _arena.Dispose();
    }

    private static ulong HashOf(BlockKey key) =>
        ((ulong)(uint)key.GetHashCode() + 1) * 0x9E3779B97F4A7C15;

    private void CountUse(ref Slot slot)
    {
        if (slot.IsFresh)
        {
            slot.IsFresh = false;
            return;
        }

        Hits++;
        if (slot.LastTurn != _turn && slot.Uses < UsesMax) slot.Uses++;
    }

    private void MakeRoom(long bytes)
    {
        // Each round takes one use from every block, so that one falls in the last of them at the latest. A
        // block that is passed because this turn uses it was looked up in this turn.
        while (_bytes + bytes > _bytesMax && _ring.Count > _usedInRing)
        {
            int index = _ring.Step();
            Examined++;
            ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[index];
            if (slot.LastTurn == _turn) continue;
            if (slot.Uses > 0)
            {
                slot.Uses--;
                continue;
            }

            Evictions++;
            Ghosts.Remember(HashOf(slot.Key));
            Drop(index);
        }
    }

    private bool MayGo(in Slot slot) => slot.IsInRing && slot.LastTurn != _turn;

    // From now on the block is held or being read.
    private void BeginUse(int index, ref Slot slot)
    {
        BusyBytes += slot.Pages.Bytes.Length;
        if (slot.IsInRing) LeaveRing(index, ref slot);
    }

    private void EndUse(int index, ref Slot slot)
    {
        BusyBytes -= slot.Pages.Bytes.Length;
        if (slot.IsHuge) return;
        slot.IsInRing = true;
        _ring.Add(index);
        if (slot.LastTurn == _turn) _usedInRing++;
    }

    private void LeaveRing(int index, ref Slot slot)
    {
        slot.IsInRing = false;
        _ring.Remove(index);
        if (slot.LastTurn == _turn) _usedInRing--;
    }

    private void Drop(int index)
    {
        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[index];
        if (!slot.IsHuge) _bytes -= slot.Pages.Bytes.Length;
        if (slot.IsInRing) LeaveRing(index, ref slot);
        Pins -= slot.Pins;
        _index.Remove(slot.Key);
        _arena.Return(slot.Pages);
        slot = default;
        _freeSlots.Push(index);
    }

    /// <summary>A read has ended.</summary>
    internal void Loaded(BlockLoad load, BlockStatus status)
    {
        InFlight--;
        ref Slot slot = ref CollectionsMarshal.AsSpan(_slots)[load.Slot];
        slot.Load = null;
        slot.LastTurn = _turn;
        slot.IsFresh = true;
        bool isPacked = status.IsOk && load.IsBlock && PackedBlock.IsPacked(slot.Pages.Bytes);
        if (isPacked && !TryUnpack(ref slot))
            status = new BlockStatus(BlockOutcome.Corrupt, 0);
        if (!status.IsOk)
        {
            Failures++;
            load.NoteDamage(status, _damages);
            BusyBytes -= slot.Pages.Bytes.Length;
            Drop(load.Slot);
        }
        else
        {
            if (slot.IsHuge) _huge.Add(load.Slot);
            if (slot.Pins == 0) EndUse(load.Slot, ref slot);
        }

        // A waiter may start other loads, hence the load is pooled last.
        load.Tell(status);
        _pool.Push(load);
    }

    // The block takes the place of its compressed form.
    private bool TryUnpack(ref Slot slot)
    {
        int pages = PackedBlock.PagesOf(slot.Pages.Bytes);
        if (pages == 0) return false;
        PageLease block = _arena.Rent(pages);
        bool isSound = PackedBlock.TryUnpack(_codec, slot.Pages.Bytes, block.Bytes);
        int growth = block.Bytes.Length - slot.Pages.Bytes.Length;
        BusyBytes += growth;
        if (!slot.IsHuge) _bytes += growth;
        _arena.Return(slot.Pages);
        slot.Pages = block;
        return isSound;
    }

    private struct Slot
    {
        public BlockKey Key;
        public PageLease Pages;
        public BlockLoad? Load;
        public long LastTurn;
        public long Serial;
        public int Pins;
        public byte Uses;
        public bool IsFresh;
        public bool IsHuge;
        public bool IsInRing;
    }
}
