using System.Numerics;
using System.Runtime.InteropServices;
using Hedge.Storage.Io;

namespace Hedge.Storage.Pages;

/// <summary>A piece of a <see cref="PageArena"/>.</summary>
internal readonly unsafe struct PageLease(byte* start, int pages, int chunk, int firstPage)
{
    // SAFETY: 4 KiB-aligned, owned from Rent to Return, length fixed.

    /// <summary>The first byte.</summary>
    public byte* Start => start;

    /// <summary>The length in pages.</summary>
    public int Pages => pages;

    /// <summary>The bytes.</summary>
    public Span<byte> Bytes => new(start, pages * Page.Bytes);

    internal int Chunk => chunk;

    internal int FirstPage => firstPage;
}

/// <summary>Lends aligned native memory in pages of 4096 bytes, without the gaps that an aligned malloc
/// leaves between its blocks. One owner thread.</summary>
/// <param name="queue">The queue that reads into the memory; null for none.</param>
/// <remarks>
/// 1. A chunk has 64 pages, and a bit mask shows the free ones. A request of up to half a chunk is served
///    by the first chunk of a few that has enough neighbouring free pages. If none has, a chunk is added.
/// 2. A chunk that is wholly free returns to the system, except one that is kept.
/// 3. A longer request gets its own block.
/// </remarks>
internal sealed unsafe class PageArena(IDiskQueue? queue = null) : IDisposable
{
    private const int ChunkPages = 64;
    private const long BytesOfChunk = ChunkPages * Page.Bytes;
    private const int LeasePagesMax = ChunkPages / 2;
    private const int ChunksTriedMax = 8;
    private const int Alone = -1;

    private readonly List<Chunk> _chunks = [];
    private readonly Stack<int> _unusedIndexes = new();
    private readonly List<int> _partial = [];
    private int _emptyChunks;

    /// <summary>Bytes taken from the system.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>Bytes handed out.</summary>
    public long LeasedBytes { get; private set; }

    /// <summary>Takes <paramref name="pages"/> neighbouring pages. They are not cleared.</summary>
    public PageLease Rent(int pages)
    {
        LeasedBytes += (long)pages * Page.Bytes;
        if (pages > LeasePagesMax)
            return new PageLease(Allocate(pages, Page.Bytes), pages, Alone, 0);
        for (int tried = 0; tried < ChunksTriedMax && tried < _partial.Count; tried++)
        {
            int candidate = _partial[^(tried + 1)];
            int start = FindFree(_chunks[candidate].Free, pages);
            if (start >= 0) return Take(candidate, start, pages);
        }

        return Take(AddChunk(), 0, pages);
    }

    /// <summary>Bytes of <see cref="HeldBytes"/> in chunks.</summary>
    public long ChunkBytes => (_chunks.Count - _unusedIndexes.Count) * BytesOfChunk;

    /// <summary>The chunks with the fewest pages in use, as many as needed so that, once they are empty,
    /// <see cref="ChunkBytes"/> is at most <paramref name="bytes"/> and two chunks: a part of one, and the
    /// empty one that is kept. Named by <see cref="PageLease.Chunk"/>.</summary>
    public HashSet<int> Emptiest(long bytes)
    {
        int count = (int)Math.Max(0, (ChunkBytes - bytes - 1) / BytesOfChunk);
        return count == 0 ? [] : [.. Enumerable.Range(0, _chunks.Count)
            .Where(index => _chunks[index].Start != null)
            .OrderByDescending(index => BitOperations.PopCount(_chunks[index].Free))
            .Take(count)];
    }

    /// <summary>Gives pages back; once per lease.</summary>
    public void Return(PageLease lease)
    {
        LeasedBytes -= (long)lease.Pages * Page.Bytes;
        if (lease.Chunk == Alone)
        {
            Free(lease.Start, lease.Pages);
            return;
        }

        Span<Chunk> chunks = CollectionsMarshal.AsSpan(_chunks);
        ref Chunk chunk = ref chunks[lease.Chunk];
        ulong mask = Mask(lease.Pages) << lease.FirstPage;
        Invariant.Check((chunk.Free & mask) == 0, "pages are returned once");
        if (chunk.Free == 0) AddPartial(lease.Chunk);
        chunk.Free |= mask;
        if (chunk.Free != ulong.MaxValue) return;
        if (_emptyChunks == 0)
        {
            _emptyChunks++;
            return;
        }

        RemovePartial(lease.Chunk);
        queue?.EndReadsInto(chunk.Start);
        Free(chunk.Start, ChunkPages);
        chunk.Start = null;
        _unusedIndexes.Push(lease.Chunk);
    }

    /// <summary>Frees everything. No lease may be used afterwards.</summary>
    public void Dispose()
    {
        Invariant.Check(LeasedBytes == 0, "all pages are back when their arena goes");
        foreach (Chunk chunk in _chunks)
        {
            if (chunk.Start == null) continue;
            queue?.EndReadsInto(chunk.Start);
            Free(chunk.Start, ChunkPages);
        }

        _chunks.Clear();
        _partial.Clear();
    }

    private static ulong Mask(int pages) => ulong.MaxValue >> (ChunkPages - pages);

    /// <summary>The first of <paramref name="pages"/> set neighbouring bits, or -1. Each step keeps the
    /// bits that begin a sequence of twice the length.</summary>
    private static int FindFree(ulong free, int pages)
    {
        for (int length = 1; length < pages;)
        {
            int step = Math.Min(length, pages - length);
            free &= free >> step;
            length += step;
        }

        return free == 0 ? -1 : BitOperations.TrailingZeroCount(free);
    }

    private PageLease Take(int index, int firstPage, int pages)
    {
        ref Chunk chunk = ref CollectionsMarshal.AsSpan(_chunks)[index];
        if (chunk.Free == ulong.MaxValue) _emptyChunks--;
        chunk.Free &= ~(Mask(pages) << firstPage);
        byte* start = chunk.Start + firstPage * Page.Bytes;
        if (chunk.Free == 0) RemovePartial(index);
        return new PageLease(start, pages, index, firstPage);
    }

    private int AddChunk()
    {
        if (!_unusedIndexes.TryPop(out int index))
        {
            index = _chunks.Count;
            _chunks.Add(default);
        }

        ref Chunk chunk = ref CollectionsMarshal.AsSpan(_chunks)[index];
        chunk.Start = Allocate(ChunkPages, ChunkPages * Page.Bytes);
        queue?.ExpectReadsInto(chunk.Start);
        chunk.Free = ulong.MaxValue;
        _emptyChunks++;
        AddPartial(index);
        return index;
    }

    private void AddPartial(int index)
    {
        CollectionsMarshal.AsSpan(_chunks)[index].PartialAt = _partial.Count;
        _partial.Add(index);
    }

    private void RemovePartial(int index)
    {
        Span<Chunk> chunks = CollectionsMarshal.AsSpan(_chunks);
        int at = chunks[index].PartialAt;
        _partial[at] = _partial[^1];
        chunks[_partial[at]].PartialAt = at;
        _partial.RemoveAt(_partial.Count - 1);
    }

    private byte* Allocate(int pages, int alignment)
    {
        nuint bytes = (nuint)pages * Page.Bytes;
        HeldBytes += (long)bytes;
        return (byte*)NativeMemory.AlignedAlloc(bytes, (nuint)alignment);
    }

    private void Free(byte* start, int pages)
    {
        HeldBytes -= (long)pages * Page.Bytes;
        NativeMemory.AlignedFree(start);
    }

    private struct Chunk
    {
        public byte* Start;
        public ulong Free;
        public int PartialAt;
    }
}
