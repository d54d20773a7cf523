using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Replays;

/// <summary>Reads one segment's bytes through a window and finds the frames in them.</summary>
internal sealed class LogSegmentReader : IDisposable
{
    private const int WindowBytes = 1 << 20;
    private readonly IDisk _disk;
    private readonly DiskFile _file;
    private readonly uint _seed;
    private readonly uint _tag;
    private byte[] _window;
    private long _windowStart;
    private int _windowLength;

    /// <summary>
    /// Opens a segment and checks its header. The window's memory may come from the previous reader.
    /// </summary>
    public LogSegmentReader(IDisk disk, LogSegmentFile segment, LogSegmentReader? before)
    {
        _disk = disk;
        Path = segment.Path;
        _window = before?._window ?? [];
        _file = disk.Open(segment.Path, DiskOpenMode.Read);
        try
        {
            Length = disk.Length(_file);
            int wanted = (int)Math.Min(WindowBytes, Length);
            if (_window.Length < wanted) _window = new byte[wanted];
            ReadOnlySpan<byte> header = Window(0, (int)Math.Min(LogFormat.SegmentHeaderBytes, Length));
            ulong id = LogFormat.ReadSegmentHeader(header, Path, segment.Core, segment.Number);
            AllocatedBytes = LogFormat.AllocatedBytes(header);
            _seed = LogFormat.SeedOf(id);
            _tag = LogFormat.TagOf(id);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public long Length { get; }

    /// <summary>The least length that the file was made with; 0 when the header does not say.</summary>
    public long AllocatedBytes { get; }

    /// <summary>
    /// Reads the frame at <paramref name="offset"/>; false when there is none that is whole and right.
    /// </summary>
    /// <param name="offset">Where the frame's header is expected.</param>
    /// <param name="body">The frame's items.</param>
    /// <param name="synced">The offset that was known to be durable when the frame was closed.</param>
    public bool TryRead(long offset, out ReadOnlySpan<byte> body, out long synced)
    {
        body = default;
        synced = 0;
        long length = ClaimedLength(offset);
        if (length <= 0 || length > Length - offset) return false;
        ReadOnlySpan<byte> frame = Window(offset, (int)length);
        uint sum = Crc32C.Compute(frame[4..], _seed);
        if (BinaryPrimitives.ReadUInt32LittleEndian(frame) != sum) return false;
        synced = BinaryPrimitives.ReadUInt32LittleEndian(frame[12..]);
        body = frame[LogFormat.FrameHeaderBytes..];
        return true;
    }

    /// <summary>
    /// The items of the frame at <paramref name="offset"/>, which has been read and found right.
    /// </summary>
    public ReadOnlySpan<byte> Body(long offset, int length) =>
        Window(offset, LogFormat.FrameHeaderBytes + length)[LogFormat.FrameHeaderBytes..];

    /// <summary>The length, with header, of the frame that the bytes at <paramref name="offset"/> claim to
    /// be, in this segment and at this place; 0 when they claim nothing.</summary>
    public long ClaimedLength(long offset)
    {
        if (offset > Length - LogFormat.FrameHeaderBytes) return 0;
        ReadOnlySpan<byte> header = Window(offset, LogFormat.FrameHeaderBytes);
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) != _tag + (uint)offset) return 0;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (length == 0 || length > LogFormat.FrameBytesMax) return 0;
        return length + (long)LogFormat.FrameHeaderBytes;
    }

    /// <summary>
    /// Looks for whole frames at any offset from <paramref name="from"/> on. Returns where the last one
    /// ends (0 for none) and the highest synced offset in any of them.
    /// </summary>
    public (long End, long Synced) Search(long from)
    {
        long end = 0;
        long highest = 0;
        for (long offset = from; offset <= Length - LogFormat.FrameHeaderBytes;)
        {
            offset = NextCandidate(offset);
            if (offset < 0) break;
            if (TryRead(offset, out ReadOnlySpan<byte> body, out long synced))
            {
                highest = Math.Max(highest, synced);
                offset += LogFormat.FrameHeaderBytes + body.Length;
                end = offset;
            }
            else offset++;
        }

        return (end, highest);
    }

    public void Dispose() => _file.Dispose();

    // The next offset whose bytes carry the tag of a frame that starts there, or -1. It skips zeros
    // quickly.
    private long NextCandidate(long offset)
    {
        while (offset <= Length - LogFormat.FrameHeaderBytes)
        {
            int count = (int)Math.Min(Length - offset, WindowBytes);
            ReadOnlySpan<byte> window = Window(offset, count);
            int last = count - LogFormat.FrameHeaderBytes;
            for (int i = 0; i <= last; i++)
            {
                uint tag = BinaryPrimitives.ReadUInt32LittleEndian(window[(i + 8)..]);
                if (tag == _tag + (uint)(offset + i)) return offset + i;
                if (tag != 0) continue;
                int zeros = window[(i + 12)..].IndexOfAnyExcept((byte)0);
                // The next tag that is not all zero may begin up to three bytes before the next byte that is
                // not.
                int next = zeros < 0 ? count : i + 12 + zeros;
                i = Math.Max(i, Math.Min(next - 8 - 4, last + 1));
            }

            offset += last + 1;
        }

        return -1;
    }

    private ReadOnlySpan<byte> Window(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowLength) Load(offset, count);
        return _window.AsSpan((int)(offset - _windowStart), count);
    }

    private void Load(long offset, int count)
    {
        if (count > _window.Length) _window = GC.AllocateUninitializedArray<byte>(count);
        else if (count <= WindowBytes && _window.Length > 64 * WindowBytes) _window = new byte[WindowBytes];
        int wanted = (int)Math.Min(_window.Length, Length - offset);
        int read = 0;
        while (read < wanted)
        {
            int got = _disk.Read(_file, offset + read, _window.AsSpan(read, wanted - read));
            if (got == 0) break;
            read += got;
        }

        if (read < count) throw new DiskException("read", Path, Errno.IoError);
        _windowStart = offset;
        _windowLength = read;
    }
}
