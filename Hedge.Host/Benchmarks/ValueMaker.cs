using System.Buffers.Binary;

namespace Hedge.Host.Benchmarks;

/// <summary>
/// The benchmark's values, which tell whether they are right: the version (4 bytes), then pseudo-random bytes
/// that the id and the version determine. They do not compress.
/// </summary>
internal static class ValueMaker
{
    /// <summary>Bytes of the shortest value.</summary>
    public const int ValueBytesMin = 8;

    private const int VersionBytes = 4;
    private const ulong Step = 0x9E3779B97F4A7C15;
    private const ulong Odd = 0xD6E8FEB86659FD93;

    /// <summary>Writes the value of a version of an id.</summary>
    public static void Write(Span<byte> value, ulong id, uint version)
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

    /// <summary>True when the bytes are a value of the id; gives its version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, ulong id, out uint version)
    {
        version = 0;
        if (value.Length < ValueBytesMin) return false;
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
