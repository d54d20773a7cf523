namespace Hedge.Storage.Pages;

/// <summary>The place of a block in its run file, in pages of 4096 bytes.</summary>
internal readonly record struct BlockLocation(uint FirstPage, uint Pages)
{
    /// <summary>The block's first byte in the file.</summary>
    public long Offset => (long)FirstPage * Page.Bytes;

    /// <summary>The block's length in bytes.</summary>
    public int Length => (int)Pages * Page.Bytes;
}
