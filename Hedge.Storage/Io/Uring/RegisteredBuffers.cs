using System.Numerics;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// Memory that the kernel keeps mapped for a ring, so that it need not look up the pages for each read.
/// Each part is <see cref="PartBytes"/> long and aligned to that. When the kernel refuses (because it is
/// old, or RLIMIT_MEMLOCK is too low), nothing is registered and reads work without it. Only the ring's
/// thread may use it.
/// </summary>
// SAFETY: a part stays allocated from Add to Remove, as IDiskQueue demands.
internal sealed unsafe class RegisteredBuffers(Ring ring)
{
    /// <summary>Bytes of a part.</summary>
    public const int PartBytes = 256 * 1024;

    private const int PartsMax = 4096;

    private static readonly int PartShift = BitOperations.Log2(PartBytes);

    private readonly Dictionary<nint, ushort> _parts = [];
    private readonly Stack<ushort> _free = new();
    private bool _isReady;
    private bool _isRefused;

    /// <summary>Registers a part, if possible.</summary>
    public void Add(byte* start)
    {
        Invariant.Check(((nint)start & (PartBytes - 1)) == 0, "a registered part is aligned");
        if (!Prepare() || !_free.TryPeek(out ushort index)) return;
        if (!Update(index, start, PartBytes)) return;
        _free.Pop();
        _parts.Add((nint)start >> PartShift, index);
    }

    /// <summary>Ends the registration of a part. Reads under way keep the part until they end.</summary>
    public void Remove(byte* start)
    {
        if (!_parts.Remove((nint)start >> PartShift, out ushort index) || ring.IsDisposed) return;
        _ = Update(index, null, 0);
        _free.Push(index);
    }

    /// <summary>The number of the registered part that holds all of the bytes; false when none
    /// does.</summary>
    public bool TryFind(byte* start, int length, out ushort index) =>
        _parts.TryGetValue((nint)start >> PartShift, out index)
        && ((nint)(start + length - 1) >> PartShift) == (nint)start >> PartShift;

    private bool Prepare()
    {
        if (_isReady || _isRefused) return _isReady;
        ResourceRegistration table = new() { Count = PartsMax, Flags = UringBits.RegisterSparse };
        _isReady = !ring.IsDisposed
            && ring.Register(RegisterOperation.Buffers, &table, (uint)sizeof(ResourceRegistration)) >= 0;
        _isRefused = !_isReady;
        for (int i = PartsMax - 1; _isReady && i >= 0; i--) _free.Push((ushort)i);
        return _isReady;
    }

    private bool Update(ushort index, byte* start, int length)
    {
        MemoryPart part = new() { Start = (ulong)start, Length = (nuint)length };
        ResourceUpdates update = new() { Offset = index, Data = (ulong)&part, Count = 1 };
        int result = ring.Register(RegisterOperation.BuffersUpdate, &update, (uint)sizeof(ResourceUpdates));
        return result == 1;
    }
}
