using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Exports;

/// <summary>Writes a load file that exists whole and durable, or not at all. One background
/// thread.</summary>
internal sealed class ExportFile : IDisposable
{
    /// <summary>The ending of the name until the file is whole. The next start deletes what a crash leaves
    /// (<see cref="ExportNote"/>).</summary>
    public const string Suffix = ".hedge-export";

    private const int BufferBytes = 1024 * 1024;
    private const int PartBytes = 64 * 1024;

    private readonly IDisk _disk;
    private readonly string _dataDirectory;
    private readonly TransferPath _path;
    private readonly string _unfinished;
    private readonly IDiskFolder _folder;
    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly byte[] _part = new byte[PartBytes];
    private readonly DiskFile _file;
    private LoadFileSums _sums;
    private int _buffered;
    private int _partLength;
    private long _written;
    private bool _isRenamed;
    private bool _isWhole;
    private bool _disposed;

    /// <summary>Begins.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The data directory, which holds the note of the export.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="LoadException">There is a file at the path.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public ExportFile(IDisk disk, string dataDirectory, TransferPath path)
    {
        _disk = disk;
        _dataDirectory = dataDirectory;
        _path = path;
        _unfinished = path.Name + Suffix;
        _folder = path.OpenFolder(disk);
        try
        {
            if (_folder.Exists(path.Name)) throw new LoadException(path, "exists already");
            ExportNote.Write(disk, dataDirectory, path with { Name = _unfinished });
            if (_folder.Exists(_unfinished)) _folder.Delete(_unfinished);
            _file = _folder.Open(_unfinished, DiskOpenMode.Create);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }

        _buffered = LoadFileFormat.HeaderBytes;
    }

    /// <summary>Number of records.</summary>
    public long Records => _sums.Records;

    /// <summary>Adds a record.</summary>
    /// <param name="entry">The record, whose key is the user's.</param>
    /// <param name="encoding">How OBJECT ENCODING shows it.</param>
    /// <param name="value">The string, or the elements of a collection without trees.</param>
    public void Add(in RunEntry entry, byte encoding, ReadOnlySpan<byte> value)
    {
        Begin(entry, entry.Type, encoding);
        WriteLength(value.Length);
        Write(value);
    }

    /// <summary>Adds a collection, whose trees are to follow.</summary>
    /// <param name="entry">The record, whose key is the user's.</param>
    /// <param name="encoding">How OBJECT ENCODING shows it.</param>
    /// <param name="seed">What the hashes of its elements begin with.</param>
    /// <param name="count">How many there are.</param>
    public void AddCollection(in RunEntry entry, byte encoding, ulong seed, long count)
    {
        Begin(entry, (byte)(entry.Type | LoadFileFormat.HasTrees), encoding);
        Span<byte> numbers = stackalloc byte[LoadFileFormat.TreesBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, seed);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(ulong)..], count);
        Write(numbers);
    }

    /// <summary>Adds whole elements to a tree.</summary>
    public void AddElements(ReadOnlySpan<byte> elements)
    {
        if (elements.Length > _part.Length - _partLength) EndPart();
        if (elements.Length > _part.Length)
        {
            WriteLength(elements.Length);
            Write(elements);
            return;
        }

        elements.CopyTo(_part.AsSpan(_partLength));
        _partLength += elements.Length;
    }

    /// <summary>Ends a tree.</summary>
    public void EndTree()
    {
        EndPart();
        WriteLength(0);
    }

    /// <summary>Makes the file whole and durable, under its name.</summary>
    public void Finish()
    {
        WriteOut();
        Span<byte> header = stackalloc byte[LoadFileFormat.HeaderBytes];
        LoadFileFormat.WriteHeader(header, _sums);
        _disk.Write(_file, 0, header);
        _disk.Sync(_file);
        if (_folder.Exists(_path.Name)) throw new LoadException(_path, "exists already");
        _folder.Rename(_unfinished, _path.Name);
        _isRenamed = true;
        _folder.Sync();
        _isWhole = true;
    }

    /// <summary>Closes the file; one that is not whole is deleted.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _file.Dispose();
        try
        {
            if (!_isWhole)
            {
                _folder.Delete(_isRenamed ? _path.Name : _unfinished);
                // Otherwise a power failure could bring the file back after the note is gone.
                _folder.Sync();
            }

            ExportNote.Clear(_disk, _dataDirectory);
        }
        catch (DiskException)
        {
            // The export's own failure is reported already. This one would add nothing.
        }
        finally
        {
            _folder.Dispose();
        }
    }

    private void Begin(in RunEntry entry, byte type, byte encoding)
    {
        Span<byte> head = stackalloc byte[LoadFileFormat.RecordBytes];
        LoadFileFormat.WriteRecord(head, entry.Key.Length, type, encoding, entry.ExpireAt);
        _sums.Records++;
        Write(head);
        Write(entry.Key);
    }

    private void EndPart()
    {
        if (_partLength == 0) return;
        WriteLength(_partLength);
        Write(_part.AsSpan(0, _partLength));
        _partLength = 0;
    }

    private void WriteLength(int length)
    {
        Span<byte> bytes = stackalloc byte[LoadFileFormat.LengthBytes];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        Write(bytes);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _sums.Add(bytes);
        if (bytes.Length > _buffer.Length - _buffered) WriteOut();
        if (bytes.Length > _buffer.Length)
        {
            _disk.Write(_file, _written, bytes);
            _written += bytes.Length;
            return;
        }

        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void WriteOut()
    {
        if (_buffered == 0) return;
        _disk.Write(_file, _written, _buffer.AsSpan(0, _buffered));
        _written += _buffered;
        _buffered = 0;
    }
}
