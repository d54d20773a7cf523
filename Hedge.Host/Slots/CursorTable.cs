using System.Buffers.Text;
using System.Numerics;
using Hedge.Storage;
using Hedge.Storage.Io;

namespace Hedge.Host.Slots;

/// <summary>
/// The positions that SCAN has handed out in one partition. Owned by the partition; whoever holds it may use
/// it.
/// <code>
/// cursor   := position · P + partition      below 2^63; P partitions, a power of two
/// position := 0                             the partition's start
///           | hash of the last key visited  48 bits, never 0; the table knows which key it was
/// </code>
/// A position names a key and not a number of keys, so inserts and deletes between two calls never make a
/// scan skip a key. The hash is keyed per table and process: the same key gives the same cursor for as long
/// as the server runs, and a cursor from before a restart is unknown rather than wrong. Two remembered keys
/// never share a position (the second one gets its hash of another round). The table is bounded in entries
/// and bytes; what was not used since the hand last passed is forgotten first (second chance), and a
/// forgotten cursor is an error, never a silent jump.
/// </summary>
internal sealed class CursorTable
{
    /// <summary>Cursors remembered at most.</summary>
    public const int EntriesMax = 16_384;

    /// <summary>Bytes of keys remembered at most (one key is always kept, however long).</summary>
    public const int KeyBytesMax = 4 * 1024 * 1024;

    /// <summary>The error for a cursor that is not a number.</summary>
    public const string Invalid = "ERR invalid cursor";

    /// <summary>The error for a cursor that was never handed out, or was forgotten.</summary>
    public const string Forgotten = "ERR the scan cursor is no longer known; start again with cursor 0";

    private const int PositionBits = 48;

    private readonly Dictionary<ulong, Entry> _entries = [];
    private readonly Queue<Entry> _order = [];
    private readonly int _partition;
    private readonly int _partitionBits;
    private readonly int _partitionCount;
    private readonly int _entriesMax;
    private readonly ulong _positionMask;
    private readonly ulong _hashKey0;
    private readonly ulong _hashKey1;
    private long _keyBytes;

    /// <summary>The table of a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="partitionCount">Number of partitions: a power of two, at most 16384.</param>
    /// <param name="seed">Chooses the hash.</param>
    /// <param name="entriesMax">Cursors remembered at most.</param>
    /// <param name="positionBits">Width of a position; less than 48 only to see collisions in tests.</param>
    public CursorTable(int partition, int partitionCount, ISeed seed, int entriesMax = EntriesMax,
        int positionBits = PositionBits)
    {
        bool usable = BitOperations.IsPow2(partitionCount) && partitionCount <= 16_384;
        Invariant.Check(usable, "a power of two partitions");
        _partition = partition;
        _partitionCount = partitionCount;
        _partitionBits = BitOperations.Log2((uint)partitionCount);
        _entriesMax = entriesMax;
        _positionMask = (1UL << positionBits) - 1;
        _hashKey0 = seed.Next();
        _hashKey1 = seed.Next();
    }

    /// <summary>Number of positions remembered.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads a cursor: a decimal number below 2^64, of digits alone.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out ulong cursor)
    {
        cursor = 0;
        return !text.IsEmpty && char.IsAsciiDigit((char)text[0])
            && Utf8Parser.TryParse(text, out cursor, out int used) && used == text.Length;
    }

    /// <summary>The partition that a cursor continues in.</summary>
    public static int PartitionOf(ulong cursor, int partitionCount) =>
        (int)(cursor & (ulong)(partitionCount - 1));

    /// <summary>The cursor of a partition's start.</summary>
    public static ulong StartOf(int partition) => (ulong)partition;

    /// <summary>Finds where a cursor of this partition stands.</summary>
    /// <param name="cursor">The cursor.</param>
    /// <param name="fromStart">True when it is the partition's start.</param>
    /// <param name="after">The key after which to go on; valid until the next <see cref="Remember"/>.</param>
    /// <returns>False for a cursor that is not known (any more).</returns>
    public bool TryResume(ulong cursor, out bool fromStart, out ReadOnlySpan<byte> after)
    {
        Invariant.Check(PartitionOf(cursor, _partitionCount) == _partition, "a cursor of this partition");
        ulong position = cursor >> _partitionBits;
        after = default;
        fromStart = position == 0;
        if (fromStart) return true;
        if (!_entries.TryGetValue(position, out Entry? entry)) return false;
        entry.Referenced = true;
        after = entry.Key;
        return true;
    }

    /// <summary>The cursor that goes on after <paramref name="key"/> in this partition.</summary>
    public ulong Remember(ReadOnlySpan<byte> key)
    {
        for (ulong round = 0; ; round++)
        {
            ulong position = Hash(key, round) & _positionMask;
            if (position == 0) continue;
            if (!_entries.TryGetValue(position, out Entry? entry)) Add(position, key);
            else if (entry.Key.AsSpan().SequenceEqual(key)) entry.Referenced = true;
            else continue;
            return (position << _partitionBits) | (uint)_partition;
        }
    }

    private void Add(ulong position, ReadOnlySpan<byte> key)
    {
        while (_order.Count > 0 && (_order.Count >= _entriesMax || _keyBytes + key.Length > KeyBytesMax))
            ForgetOne();
        var entry = new Entry(position, key.ToArray());
        _entries.Add(position, entry);
        _order.Enqueue(entry);
        _keyBytes += key.Length;
    }

    // The mark is taken from an entry when the hand passes, so one turn finds a victim at the latest.
    private void ForgetOne()
    {
        while (true)
        {
            Entry entry = _order.Dequeue();
            if (entry.Referenced)
            {
                entry.Referenced = false;
                _order.Enqueue(entry);
                continue;
            }

            _entries.Remove(entry.Position);
            _keyBytes -= entry.Key.Length;
            return;
        }
    }

    // SipHash-1-3 (Aumasson and Bernstein, 2012) over the key and the round's number.
    private ulong Hash(ReadOnlySpan<byte> key, ulong round)
    {
        ulong v0 = _hashKey0 ^ 0x736f6d6570736575;
        ulong v1 = _hashKey1 ^ 0x646f72616e646f6d;
        ulong v2 = _hashKey0 ^ 0x6c7967656e657261;
        ulong v3 = _hashKey1 ^ 0x7465646279746573;
        Absorb(round, ref v0, ref v1, ref v2, ref v3);
        int length = key.Length;
        for (; key.Length >= 8; key = key[8..])
            Absorb(BitConverter.ToUInt64(key), ref v0, ref v1, ref v2, ref v3);
        ulong last = (ulong)length << 56;
        for (int i = 0; i < key.Length; i++) last |= (ulong)key[i] << (8 * i);
        Absorb(last, ref v0, ref v1, ref v2, ref v3);
        v2 ^= 0xFF;
        for (int i = 0; i < 3; i++) Round(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ulong word, ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }

    private sealed class Entry(ulong position, byte[] key)
    {
        public ulong Position { get; } = position;

        public byte[] Key { get; } = key;

        public bool Referenced { get; set; }
    }
}
