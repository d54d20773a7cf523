using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Runs;

/// <summary>
/// The output of a run file that is being written. It gathers units in a native buffer and writes them in
/// large pieces. It seals each unit at its end. One thread.
/// </summary>
internal sealed class RunOutput : IByteSink, IDisposable
{
    /// <summary>A write goes to the disk when this many bytes are gathered.</summary>
    public const int WriteBytes = 1024 * 1024;

    private readonly IDisk _disk;
    private readonly DiskFile _file;
    private readonly RunId _id;
    private readonly PageBuffer _buffer = new(WriteBytes);
    private long _written;
    private int _gathered;
    private long _unitOffset;
    private uint _crc;

    /// <summary>Starts at the beginning of <paramref name="file"/>.</summary>
    public RunOutput(IDisk disk, DiskFile file, RunId id)
    {
        _disk = disk;
        _file = file;
        _id = id;
    }

    /// <summary>The file's length including what is still gathered.</summary>
    public long Position => _written + _gathered;

    /// <summary>Begins a unit.</summary>
    public void BeginUnit()
    {
        Invariant.Check(Position % Page.Bytes == 0, "a unit begins at a page boundary");
        _unitOffset = Position;
        _crc = RunFormat.SealStart(_id, _unitOffset);
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _crc = Crc32C.Compute(bytes, _crc);
        Gather(bytes);
    }

    /// <summary>Ends the unit with zeros, then <paramref name="tail"/>, then the seal, at the end of the
    /// first page that has room for both.</summary>
    public void EndUnit(ReadOnlySpan<byte> tail)
    {
        long used = Position - _unitOffset + tail.Length + RunFormat.SealBytes;
        int padding = (int)(Page.RoundUp(used) - used);
        Span<byte> zeros = stackalloc byte[512];
        zeros.Clear();
        while (padding > 0)
        {
            int part = Math.Min(padding, zeros.Length);
            Write(zeros[..part]);
            padding -= part;
        }

        Write(tail);
        Span<byte> seal = stackalloc byte[RunFormat.SealBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(seal, _crc);
        Gather(seal);
    }

    /// <summary>Takes a unit that is sealed already.</summary>
    public void WriteSealed(ReadOnlySpan<byte> unit) => Gather(unit);

    /// <summary>Writes the gathered bytes and makes the file durable.</summary>
    public void Sync()
    {
        Flush();
        _disk.Sync(_file);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private void Gather(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int part = Math.Min(bytes.Length, WriteBytes - _gathered);
            bytes[..part].CopyTo(_buffer.Slice(_gathered, part));
            _gathered += part;
            bytes = bytes[part..];
            if (_gathered == WriteBytes) Flush();
        }
    }

    private void Flush()
    {
        if (_gathered == 0) return;
        _disk.Write(_file, _written, _buffer.Slice(0, _gathered));
        _written += _gathered;
        _gathered = 0;
    }
}
