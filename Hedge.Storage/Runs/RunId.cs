namespace Hedge.Storage.Runs;

/// <summary>Names a run: its partition and its file number there. A partition never uses a file number
/// twice.</summary>
internal readonly record struct RunId(uint Partition, ulong FileNumber);

/// <summary>Where a block stands in its run file, in pages of 4096 bytes.</summary>
internal readonly record struct BlockLocation(uint FirstPage, uint Pages)
{
    /// <summary>The block's first byte in the file.</summary>
    public long Offset => (long)FirstPage * RunFormat.PageBytes;

    /// <summary>The block's length in bytes.</summary>
    public int Length => (int)Pages * RunFormat.PageBytes;
}
