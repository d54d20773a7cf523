using System.Buffers.Binary;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// The benchmark's values, which tell whether they are right: the version (4 bytes), then pseudo-random bytes
/// that the id and the version determine. They do not compress, but for the share at the end, if any, in
/// which these bytes come again.
/// </summary>
internal static class ValueMaker
{
    /// <summary>Bytes of the shortest value.</summary>
    public const int ValueBytesMin = 8;

    private const int VersionBytes = 4;
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const ulong Odd = 0xD6E8FEB86659FD93;

    /// <summary>Writes the value of a version of an id.</summary>
    public static void Write(Span<byte> value, ulong id, uint version, int compressiblePercent = 0)
    {
        int random = RandomBytes(value.Length, compressiblePercent);
        WriteRandom(value[..random], id, version);
        ReadOnlySpan<byte> again = value[VersionBytes..random];
        for (int at = random; at < value.Length; at += again.Length)
            again[..Math.Min(again.Length, value.Length - at)].CopyTo(value[at..]);
    }

    /// <summary>True when the bytes are a value of the id; gives its version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, ulong id, out uint version,
        int compressiblePercent = 0)
    {
        version = 0;
        if (value.Length < ValueBytesMin) return false;
        int random = RandomBytes(value.Length, compressiblePercent);
        if (!TryReadRandom(value[..random], id, out version)) return false;
        ReadOnlySpan<byte> again = value[VersionBytes..random];
        for (int at = random; at < value.Length; at += again.Length)
        {
            int bytes = Math.Min(again.Length, value.Length - at);
            if (!again[..bytes].SequenceEqual(value.Slice(at, bytes))) return false;
        }

        return true;
    }

    private static int RandomBytes(int length, int compressiblePercent) =>
        Math.Max(ValueBytesMin, length - (int)((long)length * compressiblePercent / 100));

    private static void WriteRandom(Span<byte> value, ulong id, uint version)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(value, version);
        ulong state = StateOf(id, version);
        Span<byte> rest = value[VersionBytes..];
        while (rest.Length >= 8)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, Word(ref state));
            rest = rest[8..];
        }

        ulong last = Word(ref state);
        for (int i = 0; i < rest.Length; i++) rest[i] = (byte)(last >> (8 * i));
    }

    private static bool TryReadRandom(ReadOnlySpan<byte> value, ulong id, out uint version)
    {
        version = BinaryPrimitives.ReadUInt32LittleEndian(value);
        ulong state = StateOf(id, version);
        ReadOnlySpan<byte> rest = value[VersionBytes..];
        ulong differences = 0;
        while (rest.Length >= 8)
        {
            differences |= BinaryPrimitives.ReadUInt64LittleEndian(rest) ^ Word(ref state);
            rest = rest[8..];
        }

        ulong last = Word(ref state);
        for (int i = 0; i < rest.Length; i++) differences |= (byte)(rest[i] ^ (byte)(last >> (8 * i)));
        return differences == 0;
    }

    private static ulong StateOf(ulong id, uint version) => ((id + 1) * Odd) ^ ((ulong)version << 32);

    private static ulong Word(ref ulong state)
    {
        state += Step;
        ulong z = state * Odd;
        return z ^ (z >> 32);
    }
}
