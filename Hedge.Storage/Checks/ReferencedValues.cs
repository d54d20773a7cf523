using Hedge.Storage.Io;
using Hedge.Storage.Pages;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>Reads the values that runs refer to, from whichever name their file has. Keeps files
/// open.</summary>
internal sealed class ReferencedValues(IDisk disk, string dataDirectory) : IDisposable
{
    private readonly Dictionary<ValueFileId, DiskFile?> _files = [];
    private readonly PageBuffer _buffer = new(Page.Bytes);
    private readonly string _directory = SegmentNames.DirectoryOf(dataDirectory);

    /// <summary>The files that were asked for and are there.</summary>
    public IEnumerable<string> Paths => _files.Values.OfType<DiskFile>().Select(file => file.Path);

    /// <summary>The file's path, or null when it is missing.</summary>
    public string? PathOf(ValueFileId id) => Find(id)?.Path;

    /// <summary>The path that the file should have.</summary>
    public string UsualPath(ValueFileId id) => SegmentNames.PathOf(_directory, id.Core, id.Number, ".val");

    /// <summary>What is wrong with a value; null when it is whole.</summary>
    public string? Problem(ValueReference reference)
    {
        if (Find(reference.File) is not { } file) return "its file is missing";
        if (reference.Length < 0) return "its length is negative";
        BlockLocation pages = reference.Pages;
        _buffer.EnsureCapacity(pages.Length, 0);
        Span<byte> whole = _buffer.Slice(0, pages.Length);
        try
        {
            if (disk.Read(file, pages.Offset, whole) < whole.Length) return "its file ends before it";
        }
        catch (DiskException failure)
        {
            return failure.Message;
        }

        return reference.IsIntact(whole) ? null : "it does not match its checksum";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DiskFile? file in _files.Values) file?.Dispose();
        _buffer.Dispose();
    }

    private DiskFile? Find(ValueFileId id)
    {
        if (_files.TryGetValue(id, out DiskFile? file)) return file;
        foreach (string suffix in (string[])[".val", ".log"])
        {
            string path = SegmentNames.PathOf(_directory, id.Core, id.Number, suffix);
            if (file is null && disk.Exists(path)) file = disk.Open(path, DiskOpenMode.Read);
        }

        _files.Add(id, file);
        return file;
    }
}
