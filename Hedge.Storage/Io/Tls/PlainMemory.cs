using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Tls;

/// <summary>Memory for decrypted bytes, which stay in place until the end of the batch.</summary>
// SAFETY: blocks are freed in Clear and Dispose only, when nobody uses them.
internal sealed unsafe class PlainMemory : IDisposable
{
    private const int BlockBytes = 64 * 1024;
    private const int BlocksKeptMax = 4;

    private readonly List<nint> _blocks = [];
    private int _block = -1;
    private int _used = BlockBytes;

    /// <summary>The first of at least <paramref name="length"/> free bytes.</summary>
    /// <param name="length">At most 64 KiB.</param>
    /// <param name="space">How many bytes are free.</param>
    public byte* Reserve(int length, out int space)
    {
        if (BlockBytes - _used < length)
        {
            if (++_block == _blocks.Count) _blocks.Add((nint)NativeMemory.Alloc(BlockBytes));
            _used = 0;
        }

        space = BlockBytes - _used;
        return (byte*)_blocks[_block] + _used;
    }

    /// <summary>Uses bytes of what was reserved.</summary>
    public void Advance(int count) => _used += count;

    /// <summary>Nobody needs the bytes any more.</summary>
    public void Clear()
    {
        for (int i = BlocksKeptMax; i < _blocks.Count; i++) NativeMemory.Free((void*)_blocks[i]);
        if (_blocks.Count > BlocksKeptMax) _blocks.RemoveRange(BlocksKeptMax, _blocks.Count - BlocksKeptMax);
        (_block, _used) = (-1, BlockBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
        _blocks.Clear();
    }
}
