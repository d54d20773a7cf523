using System.Buffers;

namespace Hedge.Host.Commands;

/// <summary>
/// Working memory of one command, its contents undefined at first. Small pieces come from the shared pool; a
/// large one is made for the occasion, because the pool would keep it for good.
/// </summary>
internal readonly ref struct Scratch<T> where T : unmanaged
{
    private const int PooledMax = 256 * 1024;

    private readonly T[] _array;

    /// <summary>Room for that many elements.</summary>
    public Scratch(int length)
    {
        _array = length <= PooledMax
            ? ArrayPool<T>.Shared.Rent(length)
            : GC.AllocateUninitializedArray<T>(length);
        Span = _array.AsSpan(0, length);
    }

    /// <summary>The memory.</summary>
    public Span<T> Span { get; }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (Span.Length <= PooledMax) ArrayPool<T>.Shared.Return(_array);
    }
}
