using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;

namespace Hedge.Host.Lua.Values;

/// <summary>
/// A string of Lua: bytes that never change, and their hash once somebody asked for it. Strings are not
/// unique: two of equal bytes are equal. Those of <see cref="Name"/> and of one byte are unique, so that
/// comparing them is mostly comparing references.
/// </summary>
internal sealed class LuaString : LuaObject
{
    private static readonly ConcurrentDictionary<string, LuaString> Names = new(StringComparer.Ordinal);
    private static readonly LuaString[] OneByte = MakeOneByte();

    private readonly byte[] _bytes;
    private uint _hash;

    private LuaString(byte[] bytes) : base(LuaType.String) => _bytes = bytes;

    /// <summary>The string without bytes.</summary>
    public static LuaString Empty { get; } = new([]) { Mark = SharedMark };

    /// <summary>How many bytes it has.</summary>
    public int Length => _bytes.Length;

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Span => _bytes;

    /// <summary>Its bytes, as memory.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes;

    /// <summary>What it takes, roughly.</summary>
    public long Bytes => BytesFor(_bytes.Length);

    /// <summary>
    /// The hash that the Lua of Redis has for it, which decides on the order in which <c>pairs</c> gives
    /// fields: of all bytes, from the end. Lua 5.1's own leaves bytes out of strings of 32 and more.
    /// </summary>
    public uint Hash
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _hash != 0 ? _hash : MakeHash();
    }

    /// <summary>What a string of so many bytes takes, roughly.</summary>
    public static long BytesFor(long length) => 64 + length;

    /// <summary>A string with a copy of these bytes.</summary>
    public static LuaString Of(ReadOnlySpan<byte> bytes) => bytes.Length switch
    {
        0 => Empty,
        1 => OneByte[bytes[0]],
        _ => new LuaString(bytes.ToArray()),
    };

    /// <summary>A string with the UTF-8 bytes of a text.</summary>
    public static LuaString Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>A string of two bytes or more, which the caller fills before anybody else sees it.</summary>
    public static LuaString Unfilled(int length, out Span<byte> bytes)
    {
        byte[] array = GC.AllocateUninitializedArray<byte>(length);
        bytes = array;
        return new LuaString(array);
    }

    /// <summary>A string that takes these two bytes or more over: nobody changes them any more.</summary>
    public static LuaString Owning(byte[] bytes) => new(bytes);

    /// <summary>The string of one byte.</summary>
    public static LuaString Of(byte only) => OneByte[only];

    /// <summary>
    /// The one string with this text among all machines: for names that the host gives to functions and
    /// fields. Each stays for ever, so nothing that a script can choose may come here.
    /// </summary>
    public static LuaString Name(string text) =>
        Names.GetOrAdd(text, static t => t.Length < 2 ? Of(t) : new LuaString(Encoding.UTF8.GetBytes(t))
        { Mark = SharedMark });

    /// <summary>
    /// A string for a compiled function, which machines share: a name of the host when it is one.
    /// </summary>
    public static LuaString Constant(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2) return Of(bytes);
        if (bytes.Length <= 32)
        {
            Span<char> text = stackalloc char[bytes.Length];
            Encoding.Latin1.GetChars(bytes, text);
            if (Names.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out LuaString? known))
                return known;
        }

        return new LuaString(bytes.ToArray()) { Mark = SharedMark };
    }

    /// <summary>Whether the bytes are the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool EqualTo(LuaString other) =>
        ReferenceEquals(this, other) || (_bytes.Length == other._bytes.Length && EqualBytes(other));

    /// <summary>The order of two strings: that of their bytes.</summary>
    public int CompareTo(LuaString other) => Span.SequenceCompareTo(other.Span);

    /// <summary>Its bytes as text, a character each.</summary>
    public override string ToString() => Encoding.Latin1.GetString(_bytes);

    private static LuaString[] MakeOneByte()
    {
        var all = new LuaString[256];
        for (int i = 0; i < all.Length; i++) all[i] = new LuaString([(byte)i]) { Mark = SharedMark };
        return all;
    }

    // Strings whose hashes are known to differ are not compared.
    private bool EqualBytes(LuaString other) =>
        (_hash == other._hash || _hash == 0 || other._hash == 0)
            && _bytes.AsSpan().SequenceEqual(other._bytes);

    private uint MakeHash()
    {
        byte[] bytes = _bytes;
        uint hash = (uint)bytes.Length;
        for (int at = bytes.Length - 1; at >= 0; at--) hash ^= (hash << 5) + (hash >> 2) + bytes[at];
        return _hash = hash;
    }
}
