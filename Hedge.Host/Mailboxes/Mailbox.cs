using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hedge.Host.Mailboxes;

/// <summary>
/// A bounded single-producer single-consumer queue of messages from one core to another: a ring of bytes in
/// native memory. A message is written in place, becomes visible with <see cref="Publish"/> (once per turn),
/// and is read in place.
/// </summary>
/// <remarks>
/// Every entry starts with its size in bytes (4 bytes, a multiple of 16), which the message's struct declares
/// as its first field. A size with the top bit set is padding up to the end of the ring.
/// </remarks>
internal sealed unsafe class Mailbox : IDisposable
{
    /// <summary>Capacity of a mailbox in bytes, unless a simulation wants a smaller one.</summary>
    public const int CapacityBytesMax = 1 << 20;

    private const int Alignment = 16;
    private const int Padding = 1 << 31;
    private const int LineBytes = 128;

    // SAFETY: _ring has _capacity bytes; positions only grow and are masked; the producer writes between the
    // consumer's published head and its own tail, the consumer reads between its head and the published tail.
    // The control block gives each side two cache lines of its own.
    private readonly byte* _ring;
    private readonly int _capacity;
    private readonly Positions* _producer;
    private readonly Positions* _consumer;

    /// <summary>An empty mailbox.</summary>
    /// <param name="capacityBytes">A power of two, 4 KiB to <see cref="CapacityBytesMax"/>.</param>
    public Mailbox(int capacityBytes = CapacityBytesMax)
    {
        _capacity = capacityBytes;
        _ring = (byte*)NativeMemory.AlignedAlloc((nuint)capacityBytes, 4096);
        byte* control = (byte*)NativeMemory.AlignedAlloc(4 * LineBytes, LineBytes);
        NativeMemory.Clear(control, 4 * LineBytes);
        _producer = (Positions*)control;
        _consumer = (Positions*)(control + (2 * LineBytes));
    }

    /// <summary>Longest message; longer contents travel by reference.</summary>
    public int MessageBytesMax => _capacity / 16;

    /// <summary>Producer: true when messages were written that the consumer can't see yet.</summary>
    public bool HasUnpublished => _producer->Published != _producer->Own;

    /// <summary>Producer: the end of what was written.</summary>
    public long WrittenPosition => _producer->Own;

    /// <summary>Producer: the end of what was published.</summary>
    public long PublishedPosition => _producer->Published;

    /// <summary>Producer: true when everything ever written has been consumed.</summary>
    public bool IsDrained => Volatile.Read(ref _consumer->Published) == _producer->Own;

    /// <summary>Any thread: true when everything published has been consumed.</summary>
    public bool IsIdle => Volatile.Read(ref _consumer->Published) == Volatile.Read(ref _producer->Published);

    /// <summary>Producer: room for an entry of <paramref name="bytes"/> bytes, or null when the mailbox is
    /// full. The entry's size field is set.</summary>
    public byte* TryReserve(int bytes)
    {
        int size = (bytes + Alignment - 1) & ~(Alignment - 1);
        long tail = _producer->Own;
        int offset = (int)(tail & (_capacity - 1));
        int pad = offset + size > _capacity ? _capacity - offset : 0;
        if (tail + pad + size - _producer->OtherSeen > _capacity)
        {
            _producer->OtherSeen = Volatile.Read(ref _consumer->Published);
            if (tail + pad + size - _producer->OtherSeen > _capacity) return null;
        }

        if (pad != 0)
        {
            *(int*)(_ring + offset) = pad | Padding;
            offset = 0;
        }

        *(int*)(_ring + offset) = size;
        _producer->Own = tail + pad + size;
        return _ring + offset;
    }

    /// <summary>Producer: the entry at a position that is not published yet, which moves on; null at the
    /// end.</summary>
    public byte* NextUnpublished(ref long position)
    {
        while (position != _producer->Own)
        {
            byte* entry = _ring + (position & (_capacity - 1));
            int size = *(int*)entry;
            position += size & ~Padding;
            if ((size & Padding) == 0) return entry;
        }

        return null;
    }

    /// <summary>Producer: remembers the present end, for <see cref="PublishMarked"/>.</summary>
    public void Mark() => _producer->Marked = _producer->Own;

    /// <summary>Producer: makes everything written visible.</summary>
    public void Publish() => Volatile.Write(ref _producer->Published, _producer->Own);

    /// <summary>Producer: makes what was written before the last <see cref="Mark"/> visible.
    /// True when that is news.</summary>
    public bool PublishMarked()
    {
        if (_producer->Marked <= _producer->Published) return false;
        Volatile.Write(ref _producer->Published, _producer->Marked);
        return true;
    }

    /// <summary>Consumer: true when an entry is waiting.</summary>
    public bool HasMessage => Volatile.Read(ref _producer->Published) != _consumer->Own;

    /// <summary>Consumer: the next entry, or null. It stays in place until <see cref="Release"/>.</summary>
    public byte* TryReceive()
    {
        long head = _consumer->Own;
        while (Volatile.Read(ref _producer->Published) != head)
        {
            byte* entry = _ring + (head & (_capacity - 1));
            int size = *(int*)entry;
            head += size & ~Padding;
            _consumer->Own = head;
            if ((size & Padding) == 0) return entry;
        }

        return null;
    }

    /// <summary>Consumer: gives back the space of all entries received so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release() => Volatile.Write(ref _consumer->Published, _consumer->Own);

    public void Dispose()
    {
        NativeMemory.AlignedFree(_ring);
        NativeMemory.AlignedFree(_producer);
    }

    [StructLayout(LayoutKind.Explicit, Size = 2 * LineBytes)]
    private struct Positions
    {
        /// <summary>What the other side may see.</summary>
        [FieldOffset(0)]
        public long Published;

        /// <summary>This side's own position.</summary>
        [FieldOffset(LineBytes)]
        public long Own;

        /// <summary>The other side's published position when last looked at.</summary>
        [FieldOffset(LineBytes + 8)]
        public long OtherSeen;

        /// <summary>The position at the last mark.</summary>
        [FieldOffset(LineBytes + 16)]
        public long Marked;
    }
}
