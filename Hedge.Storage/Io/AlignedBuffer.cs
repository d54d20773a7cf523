using System.Runtime.InteropServices;

namespace Hedge.Storage.Io;

/// <summary>
/// Native memory that starts at a multiple of 4096, as direct I/O requires: zeroed, of fixed length, owned
/// by its maker until <see cref="Dispose"/>.
/// </summary>
// SAFETY: 4 KiB-aligned, owned until Dispose, length fixed; after Dispose the pointer is null and the span
// empty.
public sealed unsafe class AlignedBuffer : IDisposable
{
    /// <summary>The alignment of the memory and of what direct I/O reads and writes, in bytes.</summary>
    public const int Alignment = 4096;

    private static long _liveBytes;
    private byte* _pointer;

    /// <summary>Allocates <paramref name="length"/> zeroed bytes.</summary>
    /// <exception cref="OutOfMemoryException">The system has no block of this length.</exception>
    public AlignedBuffer(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        _pointer = (byte*)NativeMemory.AlignedAlloc((nuint)length, Alignment);
        NativeMemory.Clear(_pointer, (nuint)length);
        Length = length;
        Interlocked.Add(ref _liveBytes, length);
    }

    /// <summary>
    /// Bytes in all buffers of this process that are not disposed. Zero after a clean shutdown.
    /// </summary>
    public static long LiveBytes => Interlocked.Read(ref _liveBytes);

    /// <summary>The first byte; null after <see cref="Dispose"/>.</summary>
    public byte* Pointer => _pointer;

    /// <summary>Bytes held; 0 after <see cref="Dispose"/>.</summary>
    public int Length { get; private set; }

    /// <summary>The whole buffer.</summary>
    public Span<byte> Span => new(_pointer, Length);

    /// <summary><paramref name="length"/> rounded up to a multiple of <see cref="Alignment"/>.</summary>
    public static int RoundUp(int length) => checked(length + (Alignment - 1)) & ~(Alignment - 1);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_pointer == null) return;
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
        Interlocked.Add(ref _liveBytes, -Length);
        Length = 0;
    }
}
