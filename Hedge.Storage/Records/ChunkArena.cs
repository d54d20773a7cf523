using System.Numerics;
using System.Runtime.InteropServices;
using Hedge.Storage.Io.Services;

namespace Hedge.Storage.Records;

/// <summary>
/// Gives slabs to a partition's record allocator. It cuts them from chunks of 2 MiB, each of which the
/// kernel may back with one huge page. Records are read at random, and with small pages nearly every read
/// would also miss the processor's address cache (TLB).
/// </summary>
/// <remarks>
/// A chunk has 32 units of 64 KiB, and a bit for each unit that says whether it is taken. A slab is 1, 4 or
/// 16 units, aligned to its size. The first chunk, and all that are made while memory is little (<see
/// cref="IsLittle"/>), have small pages, and what is freed in them goes back to the system at once: a chunk
/// is much for such a partition. An empty chunk goes back to the system. A closed chunk gives no more slabs,
/// so that it empties.
/// </remarks>
internal sealed unsafe class ChunkArena : IDisposable
{
    /// <summary>Bytes of a chunk, which is aligned to them.</summary>
    public const int ChunkBytes = 2 << 20;

    private const int UnitBytes = 64 << 10;
    private const int Units = ChunkBytes / UnitBytes;

    // SAFETY: keys are live chunks of ChunkBytes, aligned to that; freed in Free and Dispose only.
    private readonly Dictionary<nint, uint> _taken = [];
    private readonly HashSet<nint> _withRoom = [];
    private readonly HashSet<nint> _closed = [];
    private readonly HashSet<nint> _small = [];
    private long _smallUnits;

    /// <summary>Bytes taken from the system.</summary>
    public long BytesHeld =>
        ((long)(_taken.Count - _small.Count) * ChunkBytes) + (_smallUnits * UnitBytes);

    /// <summary>True while new chunks get small pages.</summary>
    public bool IsLittle { get; set; }

    /// <summary>The closed chunks that are not empty yet.</summary>
    public IReadOnlySet<nint> Closed => _closed;

    /// <summary>The chunk that memory lies in.</summary>
    public static nint ChunkOf(void* memory) => (nint)memory & -ChunkBytes;

    /// <summary>Closes a chunk.</summary>
    public void Close(nint chunk)
    {
        _closed.Add(chunk);
        _withRoom.Remove(chunk);
    }

    /// <summary>A slab of 64 KiB, 256 KiB or 1 MiB, aligned to its size;
    /// its contents are undefined.</summary>
    public void* Allocate(int bytes)
    {
        int units = bytes / UnitBytes;
        Invariant.Check(units is 1 or 4 or 16 && units * UnitBytes == bytes, "a slab has one of three sizes");
        foreach (nint chunk in _withRoom)
        {
            uint taken = _taken[chunk];
            int place = Find(taken, units);
            if (place >= 0) return Take(chunk, taken, place, units);
        }

        nint fresh = (nint)NativeMemory.AlignedAlloc(ChunkBytes, ChunkBytes);
        if (_taken.Count == 0 || IsLittle) _small.Add(fresh);
        else HugePages.Advise((void*)fresh, ChunkBytes);
        _taken.Add(fresh, 0);
        return Take(fresh, 0, 0, units);
    }

    /// <summary>Takes a slab back.</summary>
    public void Free(void* slab, int bytes)
    {
        nint chunk = ChunkOf(slab);
        int place = (int)(((nint)slab - chunk) / UnitBytes);
        uint left = _taken[chunk] & ~Mask(place, bytes / UnitBytes);
        bool isSmall = _small.Contains(chunk);
        if (isSmall) _smallUnits -= bytes / UnitBytes;
        if (left == 0)
        {
            _small.Remove(chunk);
            _taken.Remove(chunk);
            _withRoom.Remove(chunk);
            _closed.Remove(chunk);
            NativeMemory.AlignedFree((void*)chunk);
            return;
        }

        if (isSmall) MappedMemory.GiveBackPages(slab, (nuint)bytes);
        _taken[chunk] = left;
        if (!_closed.Contains(chunk)) _withRoom.Add(chunk);
    }

    /// <summary>Gives everything back to the system.</summary>
    public void Dispose()
    {
        foreach (nint chunk in _taken.Keys) NativeMemory.AlignedFree((void*)chunk);
        _taken.Clear();
        _small.Clear();
        _smallUnits = 0;
        _withRoom.Clear();
        _closed.Clear();
    }

    private static uint Mask(int place, int units) => (uint)(((1UL << units) - 1) << place);

    private static int Find(uint taken, int units)
    {
        for (int place = units == 1
            ? BitOperations.TrailingZeroCount(~taken) : 0; place < Units; place += units)
        {
            if ((taken & Mask(place, units)) == 0) return place;
        }

        return -1;
    }

    private void* Take(nint chunk, uint taken, int place, int units)
    {
        uint now = taken | Mask(place, units);
        if (_small.Contains(chunk)) _smallUnits += units;
        _taken[chunk] = now;
        if (now == uint.MaxValue) _withRoom.Remove(chunk);
        else _withRoom.Add(chunk);
        return (byte*)chunk + ((nint)place * UnitBytes);
    }
}
