using System.Runtime.CompilerServices;

namespace Hedge.Host.Lua.Values;

/// <summary>
/// What a machine's values take. Allocations are added up; what is free again is found out by counting what
/// is reachable, which the machine does when the sum passes <see cref="CountAbove"/>.
/// </summary>
internal sealed class LuaMemory(long bytesMax)
{
    private Action<long>? _whenAbove;
    private Action<int>? _whenWalked;

    /// <summary>The most that values may take.</summary>
    public long BytesMax { get; set; } = bytesMax;

    /// <summary>What was reachable at the last count, and all that was allocated since.</summary>
    public long Used { get; private set; }

    /// <summary>Above this, the next allocation asks for a count.</summary>
    public long CountAbove { get; set; } = bytesMax;

    /// <summary>
    /// Says who is asked, with the bytes of the allocation, when the sum passes the mark. It may throw.
    /// </summary>
    public void WhenAbove(Action<long> action) => _whenAbove = action;

    /// <summary>Adds an allocation, before it is made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Charge(long bytes)
    {
        Used += bytes;
        if (Used > CountAbove) Above(bytes);
    }

    /// <summary>Says who pays for long walks in tables.</summary>
    public void WhenWalked(Action<int> action) => _whenWalked = action;

    /// <summary>A look-up has gone past so many keys.</summary>
    public void Walked(int keys) => _whenWalked?.Invoke(keys);

    /// <summary>Takes back what surely is free.</summary>
    public void Release(long bytes) => Used -= bytes;

    /// <summary>Takes over what a count has found.</summary>
    public void Counted(long bytes) => Used = bytes;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Above(long bytes) => _whenAbove?.Invoke(bytes);
}
