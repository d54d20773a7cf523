using System.Runtime.CompilerServices;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Receive buffers from which the kernel takes one when bytes arrive. The core gets the buffer's number
/// with the completion and gives the buffer back with <see cref="Return"/> and, once per batch,
/// <see cref="Publish"/>.
/// </summary>
// SAFETY: entries and buffers are two aligned blocks that live until Dispose, after the kernel has let go of
// the ring; numbers are below the entry count, a power of two, by which indexes are masked.
internal sealed unsafe class ProvidedBufferRing : IDisposable
{
    private readonly Ring _ring;
    private readonly AlignedBuffer _entryMemory;
    private readonly AlignedBuffer _bufferMemory;
    private readonly BufferRingEntry* _entries;
    private readonly byte* _buffers;
    private readonly int _bufferBytes;
    private readonly uint _mask;
    private ushort _tail;

    private ProvidedBufferRing(Ring ring, ushort group, int count, int bufferBytes)
    {
        _ring = ring;
        Group = group;
        _entryMemory = new AlignedBuffer(AlignedBuffer.RoundUp(count * sizeof(BufferRingEntry)));
        _bufferMemory = new AlignedBuffer(checked(count * bufferBytes));
        _entries = (BufferRingEntry*)_entryMemory.Pointer;
        _buffers = _bufferMemory.Pointer;
        _bufferBytes = bufferBytes;
        _mask = (uint)count - 1;
    }

    /// <summary>The group's number in receive operations.</summary>
    public ushort Group { get; }

    /// <summary>
    /// Registers <paramref name="count"/> buffers (a power of two, at most 32,768) with the ring.
    /// </summary>
    /// <returns>The ring, or null and the kernel's <paramref name="errno"/>.</returns>
    public static ProvidedBufferRing? TryCreate(
        Ring ring, ushort group, int count, int bufferBytes, out int errno)
    {
        ProvidedBufferRing made = new(ring, group, count, bufferBytes);
        BufferRingRegistration registration = new()
        {
            RingAddress = (ulong)made._entries,
            RingEntries = (uint)count,
            BufferGroup = group,
        };
        errno = -ring.Register(RegisterOperation.BufferRing, &registration, 1);
        if (errno != 0)
        {
            made.Free();
            return null;
        }

        for (int i = 0; i < count; i++) made.Return((ushort)i);
        made.Publish();
        return made;
    }

    /// <summary>The first byte of a buffer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Buffer(ushort number) => _buffers + (nint)number * _bufferBytes;

    /// <summary>Gives a buffer back; the kernel sees it after <see cref="Publish"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Return(ushort number)
    {
        // The fields are written one by one, because the tail shares the first entry's last field.
        BufferRingEntry* entry = _entries + (_tail++ & _mask);
        entry->Address = (ulong)Buffer(number);
        entry->Length = (uint)_bufferBytes;
        entry->BufferId = number;
    }

    /// <summary>Makes the returned buffers visible to the kernel.</summary>
    public void Publish() => Volatile.Write(ref _entries->TailOfFirst, _tail);

    /// <summary>Takes the buffers from the kernel and frees them. No receive may be under way.</summary>
    public void Dispose()
    {
        BufferRingRegistration registration = new() { BufferGroup = Group };
        int result = _ring.Register(RegisterOperation.UnregisterBufferRing, &registration, 1);
        // Memory that the kernel may still write to is leaked, not reused.
        if (result == 0) Free();
    }

    private void Free()
    {
        _bufferMemory.Dispose();
        _entryMemory.Dispose();
    }
}
