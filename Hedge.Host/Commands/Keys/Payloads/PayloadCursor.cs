using System.Buffers.Binary;
using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hedge.Host.Declarations;
using Hedge.Storage.Keys;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Reads the parts of a payload (the grammar is at <see cref="DumpWriter"/>) or of an RDB file,
/// which may be longer than a span, and goes on only when the part is whole.</summary>
internal ref struct PayloadCursor
{
    private ref readonly byte _next;

    /// <summary>A cursor before the first of these bytes.</summary>
    public PayloadCursor(ReadOnlySpan<byte> bytes)
        : this(in MemoryMarshal.GetReference(bytes), bytes.Length)
    {
    }

    /// <summary>A cursor before the first of so many bytes.</summary>
    public PayloadCursor(ref readonly byte first, long length)
    {
        _next = ref first;
        Left = length;
    }

    private enum Form
    {
        Number,
        Verbatim,
        Compressed,
    }

    /// <summary>How many bytes are left.</summary>
    public long Left { get; private set; }

    // What is left, as far as one may look at once.
    private readonly ReadOnlySpan<byte> Rest =>
        MemoryMarshal.CreateReadOnlySpan(in _next, (int)Math.Min(Left, int.MaxValue));

    /// <summary>The body of a payload that is intact.</summary>
    public static PayloadCursor OfBody(ReadOnlySpan<byte> payload) =>
        new(payload[1..^DumpWriter.FooterBytes]);

    /// <summary>Reads a length. Where only a length can stand, Redis takes the mark of an encoded string
    /// (11nnnnnn) for a length of six bits.</summary>
    public bool TryLength(out ulong length)
    {
        length = 0;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty) return false;
        byte first = rest[0];
        int size = first switch { 0x80 => 5, 0x81 => 9, >= 0x40 and < 0x80 => 2, _ => 1 };
        if (first is > 0x81 and < 0xC0 || rest.Length < size) return false;
        length = size switch
        {
            1 => (ulong)(first & 0x3F),
            2 => (ulong)(BinaryPrimitives.ReadUInt16BigEndian(rest) & 0x3FFF),
            5 => BinaryPrimitives.ReadUInt32BigEndian(rest[1..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(rest[1..]),
        };
        Skip(size);
        return true;
    }

    /// <summary>Reads so many bytes as they are.</summary>
    public bool TryBytes(ulong count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        ReadOnlySpan<byte> rest = Rest;
        if (count > (ulong)rest.Length) return false;
        bytes = rest[..(int)count];
        Skip((int)count);
        return true;
    }

    /// <summary>Reads a 64-bit number, little-endian.</summary>
    public bool TryInt64(out long value)
    {
        value = 0;
        if (!TryBytes(sizeof(long), out ReadOnlySpan<byte> bytes)) return false;
        value = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        return true;
    }

    /// <summary>Reads a string.</summary>
    /// <param name="memory">Where it is expanded, if it must be.</param>
    /// <param name="value">The string, valid until the memory is used again.</param>
    public bool TryString(PayloadMemory memory, out ReadOnlySpan<byte> value)
    {
        if (!TryForm(out Form form, out value, out long length, out int number)) return false;
        if (form == Form.Verbatim) return true;
        Span<byte> expanded = memory.Take((int)length);
        if (form == Form.Number) Utf8Formatter.TryFormat(number, expanded, out _);
        else if (!Lzf.TryDecompress(value, expanded)) return false;
        value = expanded;
        return true;
    }

    /// <summary>Finds the length of a string without expanding it; goes on behind it.</summary>
    public bool TrySkipString(out long length) => TryForm(out _, out _, out length, out _);

    private bool TryForm(out Form form, out ReadOnlySpan<byte> bytes, out long length, out int number)
    {
        bytes = default;
        length = number = 0;
        form = Form.Number;
        ReadOnlySpan<byte> rest = Rest;
        if (rest.IsEmpty) return false;
        switch (rest[0])
        {
            case 0xC0 when rest.Length >= 2:
                number = (sbyte)rest[1];
                break;
            case 0xC1 when rest.Length >= 3:
                number = BinaryPrimitives.ReadInt16LittleEndian(rest[1..]);
                break;
            case 0xC2 when rest.Length >= 5:
                number = BinaryPrimitives.ReadInt32LittleEndian(rest[1..]);
                break;
            case 0xC3:
                return TryCompressed(out form, out bytes, out length);
            case >= 0xC0:
                return false;
            default:
                form = Form.Verbatim;
                bool isWhole = TryLength(out ulong verbatim) && TryBytes(verbatim, out bytes);
                length = bytes.Length;
                return isWhole && length <= KeyLimits.ValueBytesMax;
        }

        Skip(1 + (1 << (rest[0] & 3)));
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Utf8Formatter.TryFormat(number, text, out int characters);
        length = characters;
        return true;
    }

    private bool TryCompressed(out Form form, out ReadOnlySpan<byte> stream, out long length)
    {
        form = Form.Compressed;
        stream = default;
        length = 0;
        Skip(1);
        if (!TryLength(out ulong compressed) || !TryLength(out ulong original)
            || !TryBytes(compressed, out stream) || original > compressed * Lzf.ExpansionMax
            || original > KeyLimits.ValueBytesMax)
        {
            return false;
        }

        length = (long)original;
        if (original > 0) return true;
        // Redis takes any stream for an empty string when that is what it should give.
        form = Form.Verbatim;
        stream = default;
        return true;
    }

    private void Skip(int count)
    {
        _next = ref Unsafe.Add(ref Unsafe.AsRef(in _next), count);
        Left -= count;
    }
}
