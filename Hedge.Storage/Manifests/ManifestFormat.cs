using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using Hedge.Storage.Logs;

namespace Hedge.Storage.Manifests;

/// <summary>
/// A manifest's bytes. All numbers in the body are LEB128; <c>docs/formats/manifest.md</c>.
/// </summary>
/// <remarks>
/// <code>
/// manifest := "HEDGEMAN" version:u32 length:u32 body crc:u32      crc of all before; length is the body's
/// body     := partition flushedSequence nextFileNumber nextKeyspace expiryHorizon
///             count(run) (fileNumber fileBytes isCounted)*
///             count(database) keyspace*
///             count(dead) keyspace*
///             count(keys) (keyspace zigzag(keys) zigzag(expires))*
/// </code>
/// </remarks>
internal static class ManifestFormat
{
    public const uint Version = 3;
    private const ulong Magic = 0x4E414D4547444548; // "HEDGEMAN"
    private const int HeaderBytes = 16;
    private const int SumBytes = 4;

    public static ReadOnlyMemory<byte> Write(PartitionManifest manifest)
    {
        ArrayBufferWriter<byte> output = new();
        Span<byte> header = output.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        output.Advance(HeaderBytes);
        Number(output, (ulong)manifest.Partition);
        Number(output, manifest.FlushedSequence);
        Number(output, manifest.NextFileNumber);
        Number(output, manifest.NextKeyspace);
        Number(output, (ulong)manifest.ExpiryHorizon);
        Number(output, (ulong)manifest.Runs.Length);
        foreach (ManifestRun run in manifest.Runs)
        {
            Number(output, run.FileNumber);
            Number(output, (ulong)run.FileBytes);
            Number(output, run.IsCounted ? 1UL : 0);
        }

        Number(output, (ulong)manifest.Databases.Length);
        foreach (uint keyspace in manifest.Databases) Number(output, keyspace);
        Number(output, (ulong)manifest.DeadKeyspaces.Length);
        foreach (uint keyspace in manifest.DeadKeyspaces) Number(output, keyspace);
        Number(output, (ulong)manifest.Keys.Length);
        foreach (KeyspaceKeys count in manifest.Keys)
        {
            Number(output, count.Keyspace);
            Signed(output, count.Keys);
            Signed(output, count.Expires);
        }

        byte[] bytes = new byte[output.WrittenCount + SumBytes];
        output.WrittenSpan.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)(output.WrittenCount - HeaderBytes));
        uint sum = Crc32C.Compute(bytes.AsSpan(0, output.WrittenCount));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(output.WrittenCount), sum);
        return bytes;
    }

    public static PartitionManifest Read(ReadOnlySpan<byte> bytes, string path, int partition)
    {
        if (bytes.Length < HeaderBytes + SumBytes) throw Corrupt(path, "it is cut short");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw Corrupt(path, "its magic is wrong");
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(bytes[^SumBytes..]);
        if (sum != Crc32C.Compute(bytes[..^SumBytes])) throw Corrupt(path, "its checksum is wrong");
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw new ManifestException(
                ManifestProblem.UnknownVersion, path,
                $"manifest {path} has format version {version}; this build reads {Version}");
        }

        ReadOnlySpan<byte> body = bytes[HeaderBytes..^SumBytes];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != body.Length)
            throw Corrupt(path, "its length is wrong");
        Cursor cursor = new(body, path);
        int found = (int)cursor.Next(int.MaxValue);
        PartitionManifest manifest = new()
        {
            Partition = found,
            FlushedSequence = cursor.Next(ulong.MaxValue),
            NextFileNumber = cursor.Next(ulong.MaxValue),
            NextKeyspace = (uint)cursor.Next(uint.MaxValue),
            ExpiryHorizon = (long)cursor.Next(long.MaxValue),
            Runs = Runs(ref cursor),
            Databases = Keyspaces(ref cursor),
            DeadKeyspaces = Keyspaces(ref cursor),
            Keys = Keys(ref cursor),
        };
        if (!cursor.IsAtEnd) throw Corrupt(path, "bytes follow its body");
        if (found != partition) throw Corrupt(path, $"it is the manifest of partition {found}");
        return manifest.Problem() is { } problem ? throw Corrupt(path, problem) : manifest;
    }

    private static ManifestException Corrupt(string path, string reason) =>
        new(ManifestProblem.Corrupt, path, $"manifest {path} is damaged: {reason}");

    private static ImmutableArray<ManifestRun> Runs(ref Cursor cursor)
    {
        int count = cursor.Count();
        ImmutableArray<ManifestRun>.Builder runs = ImmutableArray.CreateBuilder<ManifestRun>(count);
        for (int i = 0; i < count; i++)
        {
            runs.Add(new ManifestRun(cursor.Next(ulong.MaxValue), (long)cursor.Next(long.MaxValue),
                cursor.Next(1) != 0));
        }

        return runs.MoveToImmutable();
    }

    private static ImmutableArray<uint> Keyspaces(ref Cursor cursor)
    {
        int count = cursor.Count();
        ImmutableArray<uint>.Builder keyspaces = ImmutableArray.CreateBuilder<uint>(count);
        for (int i = 0; i < count; i++) keyspaces.Add((uint)cursor.Next(uint.MaxValue));
        return keyspaces.MoveToImmutable();
    }

    private static ImmutableArray<KeyspaceKeys> Keys(ref Cursor cursor)
    {
        int count = cursor.Count();
        ImmutableArray<KeyspaceKeys>.Builder keys = ImmutableArray.CreateBuilder<KeyspaceKeys>(count);
        for (int i = 0; i < count; i++)
        {
            keys.Add(new KeyspaceKeys((uint)cursor.Next(uint.MaxValue), cursor.NextSigned(),
                cursor.NextSigned()));
        }

        return keys.MoveToImmutable();
    }

    private static void Signed(ArrayBufferWriter<byte> output, long value) =>
        Number(output, (ulong)((value << 1) ^ (value >> 63)));

    private static void Number(ArrayBufferWriter<byte> output, ulong value)
    {
        Span<byte> target = output.GetSpan(10);
        int count = 0;
        for (; value >= 0x80; value >>= 7) target[count++] = (byte)(value | 0x80);
        target[count++] = (byte)value;
        output.Advance(count);
    }

    private ref struct Cursor(ReadOnlySpan<byte> body, string path)
    {
        private readonly ReadOnlySpan<byte> _body = body;
        private int _at;

        public readonly bool IsAtEnd => _at == _body.Length;

        public ulong Next(ulong max)
        {
            if (!LogFormat.TryReadVarint(_body, ref _at, out ulong value) || value > max)
                throw Corrupt(path, "a number is malformed");
            return value;
        }

        public long NextSigned()
        {
            ulong value = Next(ulong.MaxValue);
            return (long)(value >> 1) ^ -(long)(value & 1);
        }

        // Every element takes a byte at least, so a count cannot ask for more memory than the file is long.
        public int Count() => (int)Next((ulong)(_body.Length - _at));
    }
}
