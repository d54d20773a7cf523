using System.Runtime.CompilerServices;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// The levels of nested values that a library is in. What they take is charged to the machine as it grows.
/// </summary>
internal sealed class WorkStack<T>(LuaMemory memory)
    where T : struct
{
    private const int FirstSize = 4;

    private T[] _levels = [];

    /// <summary>How many levels there are.</summary>
    public int Count { get; private set; }

    /// <summary>The levels, from the outermost in.</summary>
    public ReadOnlySpan<T> Levels => _levels.AsSpan(0, Count);

    /// <summary>The innermost level. The reference is good until the next <see cref="Push"/>.</summary>
    public ref T Top => ref _levels[Count - 1];

    /// <summary>What it takes without the values in it.</summary>
    public long Bytes => _levels.Length * (long)Unsafe.SizeOf<T>();

    public void Push(in T level)
    {
        if (Count == _levels.Length)
        {
            int size = Math.Max(FirstSize, Count * 2);
            memory.Charge((size - Count) * (long)Unsafe.SizeOf<T>());
            Array.Resize(ref _levels, size);
        }

        _levels[Count++] = level;
    }

    public void Pop() => _levels[--Count] = default;
}
