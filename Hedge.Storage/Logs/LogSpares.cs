using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>Files of obsolete segments kept for reuse. The pool's background thread owns them; any thread
/// may read the numbers.</summary>
internal sealed class LogSpares(IDisk disk, int most)
{
    private readonly Stack<(string Path, long Bytes)> _files = new();
    private volatile int _count;
    private readonly int _most = most;
    private volatile int _wanted = most;
    private long _bytes;

    /// <summary>The number of files.</summary>
    public int Count => _count;

    /// <summary>The bytes that they take.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>The wanted number of files. Any thread.</summary>
    public long Wanted
    {
        get => _wanted;
        set => _wanted = (int)Math.Clamp(value, 0, _most);
    }

    /// <summary>True when there are fewer files than wanted.</summary>
    public bool IsShort => _count < _wanted;

    /// <summary>True when there are more files than wanted.</summary>
    public bool HasExcess => _count > _wanted;

    /// <summary>Keeps a file.</summary>
    public void Add(string path, long bytes)
    {
        _files.Push((path, bytes));
        CountFiles();
    }

    /// <summary>Renames the file that was kept last; false when there is none.</summary>
    /// <exception cref="DiskException">The file keeps its name.</exception>
    public bool TryRename(string path)
    {
        if (!_files.TryPeek(out (string Path, long Bytes) spare)) return false;
        disk.Rename(spare.Path, path);
        _files.Pop();
        CountFiles();
        return true;
    }

    /// <summary>Deletes files until so many are left.</summary>
    /// <exception cref="DiskException">The remaining files stay.</exception>
    public void Shrink(int count)
    {
        while (_files.Count > count)
        {
            disk.Delete(_files.Peek().Path);
            _files.Pop();
            CountFiles();
        }
    }

    private void CountFiles()
    {
        _count = _files.Count;
        Volatile.Write(ref _bytes, _files.Sum(file => file.Bytes));
    }
}
