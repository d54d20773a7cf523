using Hedge.Storage.Io;

namespace Hedge.Storage.Pages;

/// <summary>A read of whole pages by a core's disk queue that goes on after short ones, until all is
/// there.</summary>
// SAFETY: whoever begins a read keeps its memory in place until it has ended.
internal abstract unsafe class WholeRead : DiskOperation
{
    private IDiskQueue _queue = null!;
    private DiskFile _file = null!;
    private long _offset;
    private byte* _memory;
    private int _length;
    private int _done;

    /// <inheritdoc/>
    public sealed override void Complete(int result)
    {
        if (result < 0)
        {
            _file = null!;
            Ended(-result, false);
            return;
        }

        // A short read is continued at the page it stopped in, as direct I/O wants.
        int done = (_done + result) & -Page.Bytes;
        bool isWhole = _done + result >= _length;
        bool isStuck = !isWhole && done == _done;
        _done = done;
        if (!isWhole && !isStuck)
        {
            ReadOn();
            return;
        }

        _file = null!;
        Ended(0, isWhole);
    }

    /// <summary>Begins; the one before has ended.</summary>
    protected void Begin(IDiskQueue queue, DiskFile file, long offset, byte* memory, int length)
    {
        (_queue, _file, _offset, _length, _done) = (queue, file, offset, length, 0);
        _memory = memory;
        ReadOn();
    }

    /// <summary>The read is over.</summary>
    /// <param name="errno">What went wrong; 0 for nothing.</param>
    /// <param name="isWhole">False when the file ends before.</param>
    protected abstract void Ended(int errno, bool isWhole);

    private void ReadOn() => _queue.Read(_file, _offset + _done, _memory + _done, _length - _done, this);
}
