using System.Buffers.Binary;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>
/// Collects the block index while blocks are written. A block's separator is the shortest prefix of its first
/// key that is above the last key of the block before it.
/// </summary>
internal sealed class IndexBuilder : IDisposable
{
    private readonly PageBuffer _entries = new(64 * 1024);
    private readonly PageBuffer _separators = new(64 * 1024);
    private long _separatorBytes;

    /// <summary>Blocks added.</summary>
    public long Blocks { get; private set; }

    /// <summary>The index section's content length in bytes.</summary>
    public long Bytes => (Blocks + 1) * RunFormat.IndexEntryBytes + _separatorBytes;

    /// <summary>Adds the block at <paramref name="location"/>.</summary>
    public void Add(ReadOnlySpan<byte> separator, BlockLocation location)
    {
        WriteEntry(location);
        Blocks++;
        _separators.EnsureCapacity(_separatorBytes + separator.Length, _separatorBytes);
        separator.CopyTo(_separators.Slice(_separatorBytes, separator.Length));
        _separatorBytes += separator.Length;
    }

    /// <summary>Corrects the length of the last added block, which may have grown since.</summary>
    public void SetLastPages(uint pages)
    {
        long last = (Blocks - 1) * RunFormat.IndexEntryBytes;
        Span<byte> entry = _entries.Slice(last, RunFormat.IndexEntryBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], pages);
    }

    /// <summary>Adds the end mark: the page after the last block. The content is then
    /// <see cref="Emit"/>ted.</summary>
    public void Finish(uint endPage) => WriteEntry(new BlockLocation(endPage, 0));

    /// <summary>Hands the content, in order and in pieces of at most <paramref name="pieceBytes"/>, to
    /// <paramref name="sink"/>.</summary>
    public void Emit(IByteSink sink, int pieceBytes)
    {
        EmitFrom(_entries, (Blocks + 1) * RunFormat.IndexEntryBytes, sink, pieceBytes);
        EmitFrom(_separators, _separatorBytes, sink, pieceBytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _entries.Dispose();
        _separators.Dispose();
    }

    private void WriteEntry(BlockLocation location)
    {
        long at = Blocks * RunFormat.IndexEntryBytes;
        _entries.EnsureCapacity(at + RunFormat.IndexEntryBytes, at);
        Span<byte> entry = _entries.Slice(at, RunFormat.IndexEntryBytes);
        BinaryPrimitives.WriteInt64LittleEndian(entry, _separatorBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], location.FirstPage);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], location.Pages);
    }

    private static void EmitFrom(PageBuffer source, long bytes, IByteSink sink, int pieceBytes)
    {
        for (long at = 0; at < bytes; at += pieceBytes)
            sink.Write(source.Slice(at, (int)Math.Min(pieceBytes, bytes - at)));
    }
}

/// <summary>Takes bytes in order.</summary>
internal interface IByteSink
{
    /// <summary>Takes the next bytes.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
