using System.Buffers;
using System.Buffers.Binary;
using Hedge.Storage;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Bytes that grow at their end.</summary>
internal sealed class PayloadOutput : IDisposable
{
    private const int FirstBytes = 512;

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(FirstBytes);

    /// <summary>rdbcompression: whether long strings are compressed.</summary>
    public bool Compresses { get; init; } = true;

    /// <summary>Number of bytes.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes, valid until more are added.</summary>
    public Span<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>Forgets what is behind a length.</summary>
    public void Cut(int length) => Length = length;

    /// <summary>Adds bytes whose contents are not defined yet.</summary>
    public Span<byte> Add(int count)
    {
        long length = (long)Length + count;
        if (length > _bytes.Length) Grow(length);
        Span<byte> added = _bytes.AsSpan(Length, count);
        Length = (int)length;
        return added;
    }

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Add(bytes.Length));

    /// <summary>Adds a byte.</summary>
    public void AddByte(byte value) => Add(1)[0] = value;

    /// <summary>Adds a 64-bit number, little-endian.</summary>
    public void AddInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Add(sizeof(long)), value);

    /// <summary>Adds a length.</summary>
    public void AddLength(ulong length)
    {
        int start = Length;
        Cut(start + DumpWriter.WriteLength(length, Add(DumpWriter.LengthBytesMax)));
    }

    /// <summary>Adds a string, compressed when that saves enough.</summary>
    public void AddString(ReadOnlySpan<byte> value)
    {
        int start = Length;
        Cut(start + DumpWriter.WriteBody(value, Add(value.Length + DumpWriter.OverheadBytesMax),
            Compresses));
    }

    /// <summary>Adds the version and the checksum that end a payload.</summary>
    /// <param name="start">Where it begins.</param>
    public void AddFooter(int start)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Add(sizeof(ushort)), DumpWriter.Version);
        ulong checksum = Crc64.Compute(Bytes[start..]);
        BinaryPrimitives.WriteUInt64LittleEndian(Add(sizeof(ulong)), checksum);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Grow(long length)
    {
        Invariant.Check(length <= Array.MaxLength, "who adds looks at the length");
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, length * 2));
        Bytes.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
