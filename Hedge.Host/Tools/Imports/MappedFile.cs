using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Hedge.Host.Tools.Imports;

/// <summary>A file that is read as memory, however long it is. It must not become shorter
/// meanwhile.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _first;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public MappedFile(string path)
    {
        Path = path;
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite,
            FileOptions.SequentialScan);
        Length = RandomAccess.GetLength(file);
        // An empty file cannot be mapped.
        if (Length == 0) return;
        _map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read,
            HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
        // SAFETY: it stays until Dispose gives it back.
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _first);
    }

    /// <summary>Its name.</summary>
    public string Path { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>The byte at an offset, which may be the end.</summary>
    public ref readonly byte At(long offset) => ref _first[offset];

    /// <summary>Bytes from an offset on, as many as asked for or as there are.</summary>
    public ReadOnlySpan<byte> Span(long offset, long count) =>
        new(_first + offset, (int)Math.Min(Math.Min(count, int.MaxValue), Length - offset));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_view == null) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map!.Dispose();
    }
}
