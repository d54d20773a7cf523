using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hedge.Storage.Io.Kernel;

/// <summary>
/// struct sockaddr_in (16 bytes) or sockaddr_in6 (28 bytes), in one block of 28: family u16 | port u16
/// big-endian | IPv4 address 4 bytes; or flow label u32 | IPv6 address 16 bytes | scope u32.
/// </summary>
// SAFETY: all accesses go through a span over the whole struct.
[StructLayout(LayoutKind.Sequential, Size = Bytes, Pack = 4)]
internal unsafe struct SocketAddress
{
    public const int Bytes = 28;
    public const ushort FamilyInternet4 = 2;
    public const ushort FamilyInternet6 = 10;
    private const int Internet4Bytes = 16;

    private fixed byte _bytes[Bytes];

    public static SocketAddress From(IPEndPoint endpoint, out uint length)
    {
        SocketAddress address = default;
        Span<byte> bytes = new(address._bytes, Bytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)endpoint.Port);
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            MemoryMarshal.Write(bytes, FamilyInternet6);
            endpoint.Address.TryWriteBytes(bytes[8..], out _);
            MemoryMarshal.Write(bytes[24..], (uint)endpoint.Address.ScopeId);
            length = Bytes;
            return address;
        }

        MemoryMarshal.Write(bytes, FamilyInternet4);
        endpoint.Address.TryWriteBytes(bytes[4..], out _);
        length = Internet4Bytes;
        return address;
    }

    public readonly IPEndPoint ToEndPoint()
    {
        fixed (byte* start = _bytes)
        {
            ReadOnlySpan<byte> bytes = new(start, Bytes);
            int port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]);
            return MemoryMarshal.Read<ushort>(bytes) switch
            {
                FamilyInternet4 => new IPEndPoint(new IPAddress(bytes.Slice(4, 4)), port),
                FamilyInternet6 => new IPEndPoint(
                    Unmapped(new IPAddress(bytes.Slice(8, 16), MemoryMarshal.Read<uint>(bytes[24..]))), port),
                _ => new IPEndPoint(IPAddress.None, 0),
            };
        }
    }

    // A dual-stack listener shows IPv4 clients as ::ffff:a.b.c.d. Users expect a.b.c.d.
    private static IPAddress Unmapped(IPAddress address)
        => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
