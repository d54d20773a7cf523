using Hedge.Storage.Io;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Walks;

/// <summary>A piece of a file that is to be read.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Its first byte there.</param>
/// <param name="Length">Its length; whole pages.</param>
/// <param name="At">Its place in the buffer.</param>
internal readonly record struct WindowRead(DiskFile File, long Offset, int Length, long At);

/// <summary>Has a core's disk queue read many pieces at the same time, some <see cref="AtOnce"/> of them, so
/// that reads of commands need not wait long behind them. Owned by the core while it reads.</summary>
/// <remarks>A job thread that reads one piece after the other waits for the disk each time.</remarks>
// SAFETY: the buffer's owner leaves it alone until all reads are over.
internal sealed unsafe class WindowReads
{
    /// <summary>Reads under way at the same time.</summary>
    public const int AtOnce = 32;

    private readonly One[] _ones;
    private readonly PageBuffer _buffer;
    private readonly IReadOnlyList<WindowRead> _reads;
    private readonly IDiskQueue _queue;
    private readonly Action<string?> _over;
    private string? _failure;
    private int _next;
    private int _busy;

    /// <summary>Begins to read.</summary>
    /// <param name="queue">The core's disk queue.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="reads">The pieces.</param>
    /// <param name="over">Is called at the end, with what went wrong, or null.</param>
    public WindowReads(IDiskQueue queue, PageBuffer buffer, IReadOnlyList<WindowRead> reads,
        Action<string?> over)
    {
        (_queue, _buffer, _reads, _over) = (queue, buffer, reads, over);
        _ones = new One[Math.Min(AtOnce, reads.Count)];
        _busy = _ones.Length;
        for (int i = 0; i < _ones.Length; i++) _ones[i] = new One(this);
        foreach (One one in _ones) one.Start(_reads[_next++]);
    }

    // One has read its piece: it takes the next.
    private void GoOn(One one)
    {
        if (_failure == null && _next < _reads.Count)
        {
            one.Start(_reads[_next++]);
            return;
        }

        if (--_busy == 0) _over(_failure);
    }

    private sealed class One(WindowReads all) : WholeRead
    {
        private WindowRead _read;

        public void Start(in WindowRead read)
        {
            _read = read;
            Begin(all._queue, read.File, read.Offset, all._buffer.Pointer + read.At, read.Length);
        }

        protected override void Ended(int errno, bool isWhole)
        {
            if (errno != 0) all._failure = new DiskException("read", _read.File.Path, errno).Message;
            else if (!isWhole) all._failure = $"{_read.File.Path} is damaged: it ends early";
            all.GoOn(this);
        }
    }
}
