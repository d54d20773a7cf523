using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Values;

/// <summary>Copies the values that a merge finds in condemned files into new files. One background thread.
/// Holds the new files until it is disposed. Then those that no run refers to are deleted.</summary>
internal sealed class ValueMover(ValueFiles files) : IDisposable
{
    private PageBuffer? _buffer;
    private readonly List<ValueFile> _written = [];
    private ValueFileWriter? _writer;
    private long _values;
    private bool _disposed;

    /// <summary>Bytes of the values moved.</summary>
    public long Bytes { get; private set; }

    /// <summary>Bytes of the file that is being written.</summary>
    public long Writing => _writer?.Position ?? 0;

    /// <summary>Moves a value if its file is condemned.</summary>
    /// <param name="source">The reference to it.</param>
    /// <param name="target">Gets the reference to the copy. May be the memory of the old one.</param>
    /// <exception cref="DiskException">The disk cannot write.</exception>
    /// <remarks>A value that cannot be read stays where it is, so that the merge can go on.</remarks>
    public bool TryMove(ReadOnlySpan<byte> source, Span<byte> target)
    {
        ValueReference old = ValueReference.Read(source);
        ValueFile file = files[old.File];
        if (!file.IsCondemned) return false;
        if (!TryRead(file, old, out ReadOnlySpan<byte> value)) return false;
        if (_writer is { } full && full.Position >= files.FileBytesMax) EndFile();
        if (_writer is null) BeginFile();
        uint offset = (uint)_writer!.Position;
        _writer.Append(value);
        ValueReference.To(_written[^1].Id, offset, value).Write(target);
        _values++;
        Bytes += value.Length;
        return true;
    }

    /// <summary>Makes all copies durable.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    public void Finish()
    {
        if (_written.Count == 0) return;
        EndFile();
        files.Disk.SyncDirectory(files.Directory);
        files.Moved(_values, Bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _writer?.Dispose();
        _writer = null;
        _buffer?.Dispose();
        foreach (ValueFile file in _written) files.Release(file, 0);
        _written.Clear();
    }

    private bool TryRead(ValueFile file, ValueReference reference, out ReadOnlySpan<byte> value)
    {
        value = default;
        try
        {
            value = ValueReader.Read(files.Disk, file, reference, _buffer ??= new PageBuffer(Page.Bytes));
            return true;
        }
        catch (IOException failure) when (files.Damages.Report(failure))
        {
            file.NoteDamage();
            return false;
        }
    }

    private void BeginFile()
    {
        ValueFile file = files.AddMoved();
        _written.Add(file);
        _writer = new ValueFileWriter(files.Disk, files.PathOf(file.Id), file.Id);
    }

    private void EndFile()
    {
        if (_writer is null) return;
        _writer.Finish();
        _written[^1].BecomeValueFile(_writer.Position);
        _writer.Dispose();
        _writer = null;
    }
}
