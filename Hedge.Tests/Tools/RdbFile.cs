using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;

namespace Hedge.Tests.Tools;

/// <summary>An RDB file made by hand.</summary>
internal sealed class RdbFile
{
    private readonly List<byte> _bytes;
    private readonly int _version;

    public RdbFile(int version = 11)
    {
        _version = version;
        _bytes = [.. Encoding.ASCII.GetBytes($"REDIS{version:D4}")];
    }

    public RdbFile Add(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A string of less than 64 bytes.</summary>
    public RdbFile Text(string text) => Add([(byte)text.Length, .. Encoding.Latin1.GetBytes(text)]);

    public RdbFile Key(byte type, string name, params byte[] body) => Add(type).Text(name).Add(body);

    /// <summary>A key with the value of a payload of DUMP.</summary>
    public RdbFile Payload(string name, byte[] payload) =>
        Key(payload[0], name, payload[1..^DumpWriter.FooterBytes]);

    /// <summary>The file, whole, with its checksum.</summary>
    public byte[] Bytes(bool hasChecksum = true)
    {
        byte[] all = [.. _bytes, 0xFF];
        if (_version < 5) return all;
        byte[] sum = new byte[8];
        if (hasChecksum) BinaryPrimitives.WriteUInt64LittleEndian(sum, Crc64.Compute(all));
        return [.. all, .. sum];
    }
}
