using System.Runtime.InteropServices;
using Hedge.Storage.Records;

namespace Hedge.Storage.Memtables;

/// <summary>
/// A growing list of record pointers in chunks, so that growth copies nothing. Entries never move: an index
/// stays valid.
/// </summary>
internal sealed unsafe class RecordList : IDisposable
{
    private const int ChunkBits = 13;
    private const int ChunkLength = 1 << ChunkBits;

    // SAFETY: each chunk is ChunkLength pointers, owned until Dispose; indices are checked against Count by
    // callers.
    private RecordHeader*** _chunks;
    private int _chunkCount;
    private int _chunkCapacity;

    /// <summary>Number of entries.</summary>
    public uint Count { get; private set; }

    /// <summary>An entry; null when its record was dropped.</summary>
    public RecordHeader* this[uint index]
    {
        get => _chunks[index >> ChunkBits][index & (ChunkLength - 1)];
        set => _chunks[index >> ChunkBits][index & (ChunkLength - 1)] = value;
    }

    /// <summary>Appends an entry; returns its index.</summary>
    public uint Add(RecordHeader* record)
    {
        if (Count >> ChunkBits == _chunkCount) AddChunk();
        uint index = Count++;
        this[index] = record;
        return index;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (int i = 0; i < _chunkCount; i++) NativeMemory.Free(_chunks[i]);
        NativeMemory.Free(_chunks);
        _chunks = null;
        _chunkCount = _chunkCapacity = 0;
        Count = 0;
    }

    private void AddChunk()
    {
        if (_chunkCount == _chunkCapacity)
        {
            _chunkCapacity = Math.Max(16, 2 * _chunkCapacity);
            _chunks = (RecordHeader***)NativeMemory.Realloc(_chunks, (nuint)(_chunkCapacity * sizeof(void*)));
        }

        _chunks[_chunkCount++] = (RecordHeader**)NativeMemory.Alloc(ChunkLength * (nuint)sizeof(void*));
    }
}
