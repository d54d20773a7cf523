using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Host.Cores;

/// <summary>
/// A bounded single-producer single-consumer queue of messages between two cores: a ring of bytes in native memory.
/// A message is written in place, becomes visible with <see cref="Publish"/> (once per turn), and is read in place.
/// </summary>
/// <remarks>
/// Layout of an entry: a 4-byte size (rounded up to 16, the header included), 12 bytes of the message's own header, the
/// message. Size with the top bit set: padding up to the end of the ring.
/// </remarks>
internal sealed unsafe class Mailbox : IDisposable
{
    /// <summary>Capacity of a mailbox in bytes.</summary>
    public const int CapacityBytes = 1 << 20;

    /// <summary>Longest message; a longer one travels by reference.</summary>
    public const int MessageBytesMax = CapacityBytes / 16;

    private const int Alignment = 16;
    private const int Padding = 1 << 31;
    private const int LineBytes = 128;

    // SAFETY: _ring has CapacityBytes bytes; positions only grow and are masked; the producer writes between the
    // consumer's published head and its own tail, the consumer reads between its head and the published tail.
    private readonly byte* _ring = (byte*)NativeMemory.AlignedAlloc(CapacityBytes, 4096);
    private readonly long* _publishedTail;
    private readonly long* _publishedHead;
    private readonly byte* _control = (byte*)NativeMemory.AlignedAlloc(4 * LineBytes, LineBytes);

    // Producer side.
    private long _tail;
    private long _headSeen;
    private long _marked;

    // Consumer side, a cache line or more away from the producer's fields in practice: the object is read by both.
    private long _head;

    public Mailbox()
    {
        NativeMemory.Clear(_control, 4 * LineBytes);
        _publishedTail = (long*)_control;
        _publishedHead = (long*)(_control + (2 * LineBytes));
    }

    /// <summary>Producer: true when messages were written that the consumer can't see yet.</summary>
    public bool HasUnpublished => *_publishedTail != _tail;

    /// <summary>Producer: true when everything ever written has been consumed.</summary>
    public bool IsDrained => Volatile.Read(ref *_publishedHead) == _tail;

    /// <summary>Any thread: true when everything published has been consumed.</summary>
    public bool IsIdle => Volatile.Read(ref *_publishedHead) == Volatile.Read(ref *_publishedTail);

    /// <summary>Consumer: true when a message is waiting.</summary>
    public bool HasMessage => Volatile.Read(ref *_publishedTail) != _head;

    /// <summary>Producer: room for a message of <paramref name="bytes"/> bytes, or null when the mailbox is full.</summary>
    public byte* TryReserve(int bytes)
    {
        int size = (bytes + sizeof(int) + Alignment - 1) & ~(Alignment - 1);
        int offset = (int)(_tail & (CapacityBytes - 1));
        int pad = offset + size > CapacityBytes ? CapacityBytes - offset : 0;
        if (_tail + pad + size - _headSeen > CapacityBytes)
        {
            _headSeen = Volatile.Read(ref *_publishedHead);
            if (_tail + pad + size - _headSeen > CapacityBytes) return null;
        }

        if (pad != 0)
        {
            *(int*)(_ring + offset) = pad | Padding;
            _tail += pad;
            offset = 0;
        }

        *(int*)(_ring + offset) = size;
        _tail += size;
        return _ring + offset + sizeof(int);
    }

    /// <summary>Producer: remembers the present end, for <see cref="PublishMarked"/>.</summary>
    public void Mark() => _marked = _tail;

    /// <summary>Producer: makes everything written visible.</summary>
    public void Publish() => Volatile.Write(ref *_publishedTail, _tail);

    /// <summary>Producer: makes what was written before the last <see cref="Mark"/> visible.</summary>
    public void PublishMarked()
    {
        if (_marked > *_publishedTail) Volatile.Write(ref *_publishedTail, _marked);
    }

    /// <summary>Consumer: the next message, or null. It stays in place until <see cref="Release"/>.</summary>
    public byte* TryReceive()
    {
        while (Volatile.Read(ref *_publishedTail) != _head)
        {
            byte* entry = _ring + (_head & (CapacityBytes - 1));
            int size = *(int*)entry;
            _head += size & ~Padding;
            if ((size & Padding) == 0) return entry + sizeof(int);
        }

        return null;
    }

    /// <summary>Consumer: gives back the space of all messages received so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release() => Volatile.Write(ref *_publishedHead, _head);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_ring);
        NativeMemory.AlignedFree(_control);
    }
}
