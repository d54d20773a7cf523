using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Hedge.Tests.Processes;

/// <summary>
/// Many keys of one writer, whose values name their key and a version that counts up: of each it is known
/// which version was sent last and which was acknowledged last, so whatever is read can be judged.
/// </summary>
internal sealed class VersionedKeys
{
    private const int HeadBytes = 16;
    private const int ShortMax = 400;
    private const int LongMax = 6000;

    private readonly string _name;
    private readonly int[] _sent;
    private readonly int[] _acknowledged;
    private readonly byte[] _value = new byte[LongMax + HeadBytes];

    public VersionedKeys(string name, int count)
    {
        _name = name;
        _sent = new int[count];
        _acknowledged = new int[count];
    }

    /// <summary>How many there are.</summary>
    public int Count => _sent.Length;

    /// <summary>The key's name.</summary>
    public string Name(int key) => string.Create(CultureInfo.InvariantCulture, $"{_name}:{key:D8}");

    /// <summary>The next SET of the key, as bytes of the protocol.</summary>
    public void AddSet(int key, MemoryStream request)
    {
        ReadOnlySpan<byte> value = Value(key, ++_sent[key]);
        string name = Name(key);
        request.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"*3\r\n$3\r\nSET\r\n${name.Length}\r\n{name}\r\n${value.Length}\r\n")));
        request.Write(value);
        request.Write("\r\n"u8);
    }

    /// <summary>A GET of the key.</summary>
    public void AddGet(int key, MemoryStream request)
    {
        string name = Name(key);
        request.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"*2\r\n$3\r\nGET\r\n${name.Length}\r\n{name}\r\n")));
    }

    /// <summary>The version sent last.</summary>
    public int Sent(int key) => _sent[key];

    /// <summary>A version was acknowledged: from now on no older one may be there.</summary>
    public void Acknowledge(int key, int version) =>
        _acknowledged[key] = Math.Max(_acknowledged[key], version);

    /// <summary>What is wrong with a value read, or null. What is right is there from now on.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value; null when there is none.</param>
    /// <param name="sent">The version that had been sent when it was asked for.</param>
    public string? Check(int key, ReadOnlyMemory<byte>? value, int sent)
    {
        int least = _acknowledged[key];
        if (value is not { } bytes)
            return least == 0 ? null : $"{Name(key)} is gone; version {least} was acknowledged";
        int version = bytes.Length < HeadBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[8..]);
        if (version < least || version > sent)
            return $"{Name(key)} has version {version}; it must be {least} to {sent}";
        if (!bytes.Span.SequenceEqual(Value(key, version)))
            return $"{Name(key)} has not the bytes of its version {version}";
        Acknowledge(key, version);
        return null;
    }

    // One in three is long. Nothing in it compresses well.
    private ReadOnlySpan<byte> Value(int key, int version)
    {
        ulong mixed = Mix(((ulong)(uint)key << 32) | (uint)version);
        int length = HeadBytes + (int)(mixed % 3 == 0 ? mixed / 3 % LongMax : mixed / 3 % ShortMax);
        Span<byte> value = _value.AsSpan(0, length);
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(value);
        for (int i = 2; i < words.Length; i++) words[i] = mixed = Mix(mixed);
        value[(words.Length * sizeof(ulong))..].Clear();
        BinaryPrimitives.WriteInt64LittleEndian(value, key);
        BinaryPrimitives.WriteInt64LittleEndian(value[8..], version);
        return value;
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 31)) * 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 29)) * 0xBF58476D1CE4E5B9;
        return value ^ (value >> 32);
    }
}
