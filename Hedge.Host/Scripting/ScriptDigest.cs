using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Hedge.Host.Scripting;

/// <summary>The SHA-1 of a script's text, by which clients name it.</summary>
internal readonly record struct ScriptDigest(ulong First, ulong Second, uint Third)
{
    /// <summary>Bytes of a digest.</summary>
    public const int Bytes = SHA1.HashSizeInBytes;

    /// <summary>Characters of a digest's text.</summary>
    public const int TextBytes = 2 * Bytes;

    /// <summary>The digest of a text.</summary>
    [SuppressMessage("Security", "CA5350", Justification = "Clients name scripts so; it protects nothing.")]
    public static ScriptDigest Of(ReadOnlySpan<byte> text)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        SHA1.HashData(text, hash);
        return Read(hash);
    }

    /// <summary>Reads 40 hexadecimal digits, in any case.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ScriptDigest digest)
    {
        digest = default;
        if (text.Length != TextBytes) return false;
        Span<byte> hash = stackalloc byte[Bytes];
        for (int i = 0; i < Bytes; i++)
        {
            int high = Digit(text[2 * i]);
            int low = Digit(text[(2 * i) + 1]);
            if (high < 0 || low < 0) return false;
            hash[i] = (byte)((high << 4) | low);
        }

        digest = Read(hash);
        return true;
    }

    /// <summary>Writes 40 digits in lower case.</summary>
    public void Write(Span<byte> text)
    {
        Span<byte> hash = stackalloc byte[Bytes];
        BinaryPrimitives.WriteUInt64BigEndian(hash, First);
        BinaryPrimitives.WriteUInt64BigEndian(hash[8..], Second);
        BinaryPrimitives.WriteUInt32BigEndian(hash[16..], Third);
        for (int i = 0; i < Bytes; i++)
        {
            text[2 * i] = "0123456789abcdef"u8[hash[i] >> 4];
            text[(2 * i) + 1] = "0123456789abcdef"u8[hash[i] & 15];
        }
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextBytes];
        Write(text);
        return System.Text.Encoding.ASCII.GetString(text);
    }

    private static ScriptDigest Read(ReadOnlySpan<byte> hash) => new(
        BinaryPrimitives.ReadUInt64BigEndian(hash),
        BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
        BinaryPrimitives.ReadUInt32BigEndian(hash[16..]));

    private static int Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
