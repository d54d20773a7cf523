using System.Runtime.CompilerServices;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// What the value of every id must be at this moment, so that a stale value is found as surely as a damaged
/// one: a byte per id. An id is used by one core only.
/// </summary>
internal sealed class Versions(ulong count)
{
    /// <summary>The version of an id that must not be there.</summary>
    public const byte Absent = 255;

    private const byte VersionMax = 253;

    private readonly byte[] _versions = new byte[count];

    /// <summary>True for an id that is kept track of.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Knows(ulong id) => id < (ulong)_versions.Length;

    /// <summary>The version that was written last; 0 for the first.</summary>
    public byte Of(ulong id) => _versions[id];

    /// <summary>The version to write next.</summary>
    public byte Advance(ulong id)
    {
        byte version = _versions[id] >= VersionMax ? (byte)1 : (byte)(_versions[id] + 1);
        _versions[id] = version;
        return version;
    }

    /// <summary>The id is removed.</summary>
    public void Remove(ulong id) => _versions[id] = Absent;
}
