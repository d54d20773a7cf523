using Hedge.Storage.Io;

namespace Hedge.Host.Clients;

/// <summary>
/// Keeps one connection's replies in request order while some of them are still to come: forwarded requests
/// and requests that wait take a numbered slot; replies behind the first open slot are stashed.
/// Owned by the connection's core.
/// </summary>
internal sealed class ReplyQueue : IDisposable
{
    private readonly OutputBuffer _stash = new();
    private Entry[] _entries = new Entry[16];
    private long _ownBytes;
    private long _head;
    private long _tail;

    /// <summary>Number of replies still to come.</summary>
    public int Open { get; private set; }

    /// <summary>True when replies must go through this queue.</summary>
    public bool IsActive => _head != _tail;

    /// <summary>Bytes stashed behind open slots.</summary>
    public long StashedBytes => _stash.Length + _ownBytes;

    /// <summary>The slot that the next <see cref="OpenSlot"/> will give.</summary>
    public long NextSlot => _tail;

    /// <summary>Takes the next place in the order for a reply to come.</summary>
    public long OpenSlot()
    {
        long slot = Push();
        At(slot) = new Entry { IsOpen = true };
        Open++;
        return slot;
    }

    /// <summary>True when all replies before the open slot have gone.</summary>
    public bool IsFirst(long slot) => slot == _head && IsActive;

    /// <summary>Where to write a reply that is ready now but stands behind an open slot.</summary>
    public OutputBuffer BeginReady() => _stash;

    /// <summary>Ends a reply begun with <see cref="BeginReady"/> of <paramref name="bytes"/> bytes.</summary>
    public void EndReady(long bytes)
    {
        if (bytes == 0) return;
        ref Entry last = ref At(_tail - 1);
        if (last is { IsOpen: false, Own: null })
        {
            last.StashedBytes += bytes;
            return;
        }

        long slot = Push();
        At(slot) = new Entry { StashedBytes = bytes };
    }

    /// <summary>
    /// The reply of an open slot has come: it and everything ready behind it goes to
    /// <paramref name="output"/> if it is first in order, else it is kept.
    /// </summary>
    public void Complete(long slot, ReadOnlySpan<byte> reply, OutputBuffer output)
    {
        Storage.Invariant.Check(
            slot >= _head && slot < _tail && At(slot).IsOpen, "a reply is for an open slot");
        Open--;
        if (slot != _head)
        {
            // Many may be kept, each for as long as one before it is to come.
            var own = new OutputBuffer(initialBytes: 0);
            own.Append(reply);
            _ownBytes += reply.Length;
            At(slot) = new Entry { Own = own };
            return;
        }

        output.Append(reply);
        _head++;
        while (_head != _tail && !At(_head).IsOpen)
        {
            ref Entry entry = ref At(_head);
            if (entry.Own is { } own)
            {
                _ownBytes -= own.Length;
                output.MoveFrom(own, own.Length);
                own.Dispose();
                entry.Own = null;
            }
            else
            {
                output.MoveFrom(_stash, entry.StashedBytes);
            }

            _head++;
        }
    }

    public void Dispose()
    {
        _stash.Dispose();
        for (; _head != _tail; _head++) At(_head).Own?.Dispose();
    }

    private ref Entry At(long slot) => ref _entries[slot & (_entries.Length - 1)];

    private long Push()
    {
        if (_tail - _head == _entries.Length)
        {
            var larger = new Entry[_entries.Length * 2];
            for (long i = _head; i != _tail; i++) larger[i & (larger.Length - 1)] = At(i);
            _entries = larger;
        }

        return _tail++;
    }

    private struct Entry
    {
        /// <summary>The reply is still to come.</summary>
        public bool IsOpen;

        /// <summary>A reply that came out of order; else null.</summary>
        public OutputBuffer? Own;

        /// <summary>Length of a reply in the stash.</summary>
        public long StashedBytes;
    }
}
