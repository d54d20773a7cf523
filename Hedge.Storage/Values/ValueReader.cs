using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Values;

/// <summary>Reads values synchronously, for start-up and background jobs.</summary>
internal static class ValueReader
{
    /// <summary>Reads a value into the buffer and verifies it.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="ValueFileException">The value is damaged.</exception>
    public static ReadOnlySpan<byte> Read(
        IDisk disk, ValueFile file, ValueReference reference, PageBuffer buffer)
    {
        BlockLocation pages = reference.Pages;
        buffer.EnsureCapacity(pages.Length, 0);
        Span<byte> whole = buffer.Slice(0, pages.Length);
        DiskFile opened = file.File!;
        if (disk.Read(opened, pages.Offset, whole) < whole.Length || !reference.IsIntact(whole))
        {
            throw new ValueFileException(opened.Path,
                $"is damaged: the value at {reference.Offset} is not as written", reference.Offset);
        }

        return reference.In(whole);
    }
}
