using System.Runtime.InteropServices;
using Hedge.Storage.Keys;

namespace Hedge.Storage.Records;

/// <summary>
/// A record in native memory: this header (32 bytes), the user key, the value. Owned by one partition.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct RecordHeader
{
    /// <summary>Size of the header.</summary>
    public const int SizeBytes = 32;

    /// <summary>Length of the value in bytes.</summary>
    public int ValueLength;

    /// <summary>The keyspace (incarnation of a database) the key belongs to.</summary>
    public uint Keyspace;

    /// <summary>When the key expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt;

    /// <summary>The place in its generation's dirty list; meaningless for a clean record.</summary>
    public uint DirtyIndex;

    /// <summary>Last access: seconds of the partition's clock (idle time), modulo 2^32.</summary>
    public uint LastAccess;

    /// <summary>Length of the user key in bytes, at most <see cref="KeyLimits.KeyBytesMax"/>.</summary>
    public ushort KeyLength;

    /// <summary><see cref="RecordStates"/> bits.</summary>
    public byte State;

    /// <summary><see cref="RecordType"/>.</summary>
    public byte Type;

    /// <summary><see cref="StringEncoding"/>.</summary>
    public byte Encoding;

    /// <summary>Size class of the allocation, or one of the special values of
    /// <see cref="SizeClasses"/>.</summary>
    public byte SizeClass;

    /// <summary>Access frequency counter (logarithmic), for LFU policies.</summary>
    public byte Frequency;

    /// <summary>Number of the generation a dirty record belongs to, modulo 256; meaningless for a clean
    /// record.</summary>
    public byte Generation;
}
