using System.Buffers.Binary;
using System.Text;
using Hedge.Storage;
using Hedge.Storage.Collections;
using Hedge.Storage.Loads;
using Hedge.Storage.Records;

namespace Hedge.Tests.Loads;

/// <summary>Makes load files piece by piece, with right sums whatever is in them.</summary>
internal sealed class LoadFileBuilder
{
    /// <summary>What the hashes of elements begin with.</summary>
    public const ulong Seed = 0x1234_5678_9ABC_DEF0;

    private readonly List<byte> _body = [];

    /// <summary>The number of records.</summary>
    public long Records { get; private set; }

    /// <summary>The records' bytes.</summary>
    public int BodyBytes => _body.Count;

    /// <summary>A file of a body.</summary>
    public static byte[] FileOf(ReadOnlySpan<byte> body, long records, uint version = LoadFileFormat.Version)
    {
        byte[] file = new byte[LoadFileFormat.HeaderBytes + body.Length];
        LoadFileSums sums = new() { Records = records };
        sums.Add(body);
        LoadFileFormat.WriteHeader(file, sums);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), version);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(32), Crc32C.Compute(file.AsSpan(0, 32)));
        body.CopyTo(file.AsSpan(LoadFileFormat.HeaderBytes));
        return file;
    }

    /// <summary>The file.</summary>
    public byte[] File() => FileOf([.. _body], Records);

    /// <summary>A string, or a collection without trees.</summary>
    public LoadFileBuilder Value(string key, RecordType type, params byte[][] elements)
    {
        byte[] value = [.. elements.SelectMany(each => each)];
        Head(key, (byte)type, 1);
        Number32(value.Length);
        _body.AddRange(value);
        return this;
    }

    /// <summary>A collection with trees.</summary>
    public LoadFileBuilder Trees(string key, RecordType type, long count, params byte[][][] trees) =>
        Trees(key, type, 1, count, trees);

    /// <inheritdoc cref="Trees(string, RecordType, long, byte[][][])"/>
    public LoadFileBuilder Trees(string key, RecordType type, byte encoding, long count,
        params byte[][][] trees)
    {
        Head(key, (byte)((byte)type | LoadFileFormat.HasTrees), encoding);
        Span<byte> numbers = stackalloc byte[LoadFileFormat.TreesBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, Seed);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], count);
        _body.AddRange(numbers);
        foreach (byte[][] tree in trees)
        {
            // Three elements to a part.
            foreach (byte[][] part in tree.Chunk(3))
            {
                Number32(part.Sum(element => element.Length));
                foreach (byte[] element in part) _body.AddRange(element);
            }

            Number32(0);
        }

        return this;
    }

    /// <summary>A text after its length.</summary>
    public static byte[] Text(string text) => Text(Encoding.ASCII.GetBytes(text));

    /// <summary>Bytes after their length.</summary>
    public static byte[] Text(params byte[] bytes) => [(byte)bytes.Length, .. bytes];

    /// <summary>A field with a value and a time, 0 for never.</summary>
    public static byte[] Field(string field, string value, long time = 0)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(field);
        byte head = (byte)((bytes.Length << 1) | (time == 0 ? 0 : 1));
        return [head, .. bytes, .. time == 0 ? [] : BitConverter.GetBytes(time), .. Text(value)];
    }

    /// <summary>A member behind its score.</summary>
    public static byte[] Scored(double score, string member) =>
        [.. BitConverter.GetBytes(score), .. Text(member)];

    /// <summary>A member before its score.</summary>
    public static byte[] Indexed(double score, string member) =>
        [.. Text(member), .. BitConverter.GetBytes(score)];

    /// <summary>An element of a stream.</summary>
    public static byte[] Item(byte[] key, byte[] value) => [.. Text(key), .. Text(value)];

    /// <summary>Elements in the order of their hashes.</summary>
    public static byte[][] Hashed(IEnumerable<(string Name, byte[] Element)> elements) =>
        [.. elements.OrderBy(each => HashOf(each.Name)).Select(each => each.Element)];

    /// <summary>The hash of a member.</summary>
    public static ulong HashOf(string member) =>
        MemberOrder.KeyOfMember(Encoding.ASCII.GetBytes(member), Seed).High;

    private void Head(string key, byte type, byte encoding)
    {
        Span<byte> head = stackalloc byte[LoadFileFormat.RecordBytes];
        LoadFileFormat.WriteRecord(head, key.Length, type, encoding, 0);
        _body.AddRange(head);
        _body.AddRange(Encoding.ASCII.GetBytes(key));
        Records++;
    }

    private void Number32(int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _body.AddRange(bytes);
    }
}
