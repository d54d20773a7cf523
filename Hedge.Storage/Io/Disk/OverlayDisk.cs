namespace Hedge.Storage.Io.Disk;

/// <summary>
/// A directory as it would be after changes that are never made in it: for tools that only read. What is
/// written goes into files of another directory. One thread.
/// </summary>
/// <remarks>
/// 1. A path of the directory leads to the file there until the file is changed, renamed or deleted.
/// 2. Before the first change of a file's bytes, the file is copied into the other directory.
/// 3. New files are made there. Syncs do nothing, since nothing of all this is to stay.
/// 4. The directory's lock is the caller's: whoever asks for it gets one that holds nothing.
/// </remarks>
/// <param name="lower">The disk of the directory; nothing is changed on it.</param>
/// <param name="upper">The disk of the other directory.</param>
/// <param name="scratch">The other directory, which exists; the caller deletes it.</param>
public sealed class OverlayDisk(IDisk lower, IDisk upper, string scratch) : IDisk
{
    private const int CopyBytes = 1 << 20;

    // The files that were asked for, by path; null for one that is deleted or was never there.
    private readonly Dictionary<string, OverlayEntry?> _changed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);
    private long _files;

    /// <summary>Bytes that were written in place of changes.</summary>
    public long BytesWritten { get; private set; }

    /// <inheritdoc/>
    public UInt128 BootId => lower.BootId;

    /// <inheritdoc/>
    public DiskFile Open(string path, DiskOpenMode mode)
    {
        bool isDirect = mode is DiskOpenMode.ReadDirect or DiskOpenMode.ReadWriteDirect;
        if (mode is not (DiskOpenMode.Create or DiskOpenMode.CreateDirect))
            return new OverlayFile(this, path, EntryOf(path), isDirect);
        if (Exists(path)) throw new DiskException("open", path, Errno.Exists);
        OverlayEntry entry = new(NewPath(), isUpper: true);
        upper.Open(entry.Path, DiskOpenMode.Create).Dispose();
        _changed[path] = entry;
        return new OverlayFile(this, path, entry, false);
    }

    /// <inheritdoc/>
    public long Length(DiskFile file) => DiskOf(file, out DiskFile inner).Length(inner);

    /// <inheritdoc/>
    public int Read(DiskFile file, long offset, Span<byte> buffer) =>
        DiskOf(file, out DiskFile inner).Read(inner, offset, buffer);

    /// <inheritdoc/>
    public void Write(DiskFile file, long offset, ReadOnlySpan<byte> data)
    {
        CopyUp(file);
        DiskOf(file, out DiskFile inner).Write(inner, offset, data);
        BytesWritten += data.Length;
    }

    /// <inheritdoc/>
    public void Sync(DiskFile file)
    {
    }

    /// <inheritdoc/>
    public void Allocate(DiskFile file, long length)
    {
        if (Length(file) >= length) return;
        CopyUp(file);
        DiskOf(file, out DiskFile inner).Truncate(inner, length);
    }

    /// <inheritdoc/>
    public void Truncate(DiskFile file, long length)
    {
        CopyUp(file);
        DiskOf(file, out DiskFile inner).Truncate(inner, length);
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        OverlayEntry entry = EntryOf(from);
        _changed[to] = entry;
        _changed[from] = null;
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        OverlayEntry entry = EntryOf(path);
        _changed[path] = null;
        if (entry.IsUpper) upper.Delete(entry.Path);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path) => _made.Add(path.TrimEnd('/'));

    /// <inheritdoc/>
    public bool Exists(string path)
    {
        if (_changed.TryGetValue(path, out OverlayEntry? entry)) return entry is not null;
        return _made.Contains(path) || lower.Exists(path);
    }

    /// <inheritdoc/>
    public IDiskFolder OpenFolder(string root, string folder) =>
        throw new DiskException("open", root, Errno.AccessDenied);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string path)
    {
        SortedSet<string> names = new(StringComparer.Ordinal);
        if (lower.Exists(path) || !_made.Contains(path)) names.UnionWith(lower.List(path));
        foreach ((string changed, OverlayEntry? entry) in _changed)
        {
            int slash = changed.LastIndexOf('/');
            if (!changed.AsSpan(0, slash).SequenceEqual(path)) continue;
            if (entry is null) names.Remove(changed[(slash + 1)..]);
            else names.Add(changed[(slash + 1)..]);
        }

        foreach (string made in _made)
        {
            int slash = made.LastIndexOf('/');
            if (slash >= 0 && made.AsSpan(0, slash).SequenceEqual(path)) names.Add(made[(slash + 1)..]);
        }

        return [.. names];
    }

    /// <inheritdoc/>
    public IDirectoryLock? TryLock(string path) => new NoLock();

    /// <inheritdoc/>
    public long TotalBytes(string path) => upper.TotalBytes(scratch);

    /// <summary>As if there were room for everything. What is written needs no more than the logs take, and
    /// a write that finds no room fails.</summary>
    public long FreeBytes(string path) => long.MaxValue / 4;

    internal DiskFile OpenInner(OverlayEntry entry, bool isDirect) => entry.IsUpper
        ? upper.Open(entry.Path, DiskOpenMode.ReadWrite)
        : lower.Open(entry.Path, isDirect ? DiskOpenMode.ReadDirect : DiskOpenMode.Read);

    private OverlayEntry EntryOf(string path)
    {
        if (!_changed.TryGetValue(path, out OverlayEntry? entry))
            _changed.Add(path, entry = lower.Exists(path) ? new OverlayEntry(path, false) : null);
        return entry ?? throw new DiskException("open", path, Errno.NoEntry);
    }

    private IDisk DiskOf(DiskFile file, out DiskFile inner)
    {
        var overlaid = (OverlayFile)file;
        inner = overlaid.Inner;
        return overlaid.Entry.IsUpper ? upper : lower;
    }

    private string NewPath() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{scratch}/{_files++}");

    private void CopyUp(DiskFile file)
    {
        var overlaid = (OverlayFile)file;
        if (overlaid.Entry.IsUpper) return;
        string path = NewPath();
        using (DiskFile target = upper.Open(path, DiskOpenMode.Create))
        using (DiskFile source = lower.Open(overlaid.Entry.Path, DiskOpenMode.Read))
        {
            byte[] buffer = new byte[CopyBytes];
            long at = 0;
            for (int read; (read = lower.Read(source, at, buffer)) > 0; at += read)
                upper.Write(target, at, buffer.AsSpan(0, read));
        }

        // Whoever has opened the same file sees the copy from now on.
        overlaid.Entry.MoveTo(path);
    }

    private sealed class NoLock : IDirectoryLock
    {
        public bool IsOpenToOthers => false;

        public void Check()
        {
        }

        public void Dispose()
        {
        }
    }
}

/// <summary>Where a file of an overlay is.</summary>
internal sealed class OverlayEntry(string path, bool isUpper)
{
    /// <summary>The file that has the bytes.</summary>
    public string Path { get; private set; } = path;

    /// <summary>True when it is a file of the overlay's own.</summary>
    public bool IsUpper { get; private set; } = isUpper;

    /// <summary>The bytes are in another file from now on.</summary>
    public void MoveTo(string path)
    {
        Path = path;
        IsUpper = true;
    }
}

/// <summary>An open file of an overlay.</summary>
internal sealed class OverlayFile(OverlayDisk disk, string path, OverlayEntry entry, bool isDirect)
    : DiskFile(path)
{
    private DiskFile _inner = disk.OpenInner(entry, isDirect);
    private bool _isUpper = entry.IsUpper;

    /// <summary>Where it is.</summary>
    public OverlayEntry Entry => entry;

    /// <summary>The open file that has the bytes.</summary>
    public DiskFile Inner
    {
        get
        {
            if (_isUpper == entry.IsUpper) return _inner;
            _inner.Dispose();
            _isUpper = entry.IsUpper;
            return _inner = disk.OpenInner(entry, isDirect);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _inner.Dispose();
}
