using System.Buffers.Binary;
using Hedge.Storage.Records;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// One partition's operations in a record: the numbers First to First + Count - 1 of its sequence.
/// </summary>
public readonly record struct LogPart(int Partition, ulong First, int Count)
{
    /// <summary>The last operation's number.</summary>
    public ulong Last => First + (ulong)Count - 1;
}

/// <summary>
/// One operation read from a log. Members that its kind does not use are zero or empty.
/// </summary>
public ref struct LogOperation
{
    /// <summary>The kind of the operation.</summary>
    public LogOperationKind Kind { get; internal set; }

    /// <summary>The partition that it changes.</summary>
    public int Partition { get; internal set; }

    /// <summary>Its number in the partition's sequence.</summary>
    public ulong Sequence { get; internal set; }

    /// <summary>The change of the keyspace's number of keys.</summary>
    public CountDelta Delta { get; internal set; }

    /// <summary>Put, Remove and SetExpiry: whether the replaced record was known to have an
    /// expiry.</summary>
    public bool HadExpiry { get; internal set; }

    /// <summary>The key's keyspace, or the database's new one.</summary>
    public uint Keyspace { get; internal set; }

    /// <summary>Put: the record's type.</summary>
    public RecordType Type { get; internal set; }

    /// <summary>Put: the record's encoding.</summary>
    public StringEncoding Encoding { get; internal set; }

    /// <summary>Put and SetExpiry: Unix milliseconds, 0 for never.</summary>
    public long ExpireAt { get; internal set; }

    /// <summary>WriteRange and Splice: the offset of the bytes in the value.</summary>
    public int Offset { get; internal set; }

    /// <summary>WriteRange: the value's length afterwards.</summary>
    public int NewLength { get; internal set; }

    /// <summary>Splice: how many bytes are removed at the offset.</summary>
    public int Removed { get; internal set; }

    /// <summary>AssignKeyspace and SwapDatabases: the database.</summary>
    public int Database { get; internal set; }

    /// <summary>SwapDatabases: the other database.</summary>
    public int OtherDatabase { get; internal set; }

    /// <summary>DropRun: the run's number.</summary>
    public ulong Run { get; internal set; }

    /// <summary>DropRun: the keys that the run had added to the keyspace's count.</summary>
    public long Keys { get; internal set; }

    /// <summary>DropRun: as many of them as have an expiry.</summary>
    public long Expires { get; internal set; }

    /// <summary>DropRun: the nodes that the run had added.</summary>
    public long Nodes { get; internal set; }

    /// <summary>Put: the value's offset in the record's body.</summary>
    internal int ValueAt { get; set; }

    /// <summary>Put: the value's place in the log; nowhere when it is unknown.</summary>
    internal ValuePlace ValuePlace { get; set; }

    /// <summary>The key. RemoveRange: the first one.</summary>
    public ReadOnlySpan<byte> Key { get; internal set; }

    /// <summary>Put: the value. WriteRange and Splice: the bytes. RemoveRange: the key after the last; empty
    /// for the keyspace's end.</summary>
    public ReadOnlySpan<byte> Value { get; internal set; }
}

/// <summary>Goes through a record's operations in the order they were done.</summary>
public ref struct LogOperationReader
{
    private const byte PartBits = LogItem.KindMask | LogItem.Begins | LogItem.HasNumber;
    private readonly ReadOnlySpan<byte> _body;
    private readonly Dictionary<int, ulong> _numbers;
    private LogOperation _current;
    private int _at;
    private int _partition;
    private ulong _sequence;

    /// <summary>Reads the record at the beginning of some bytes.</summary>
    /// <param name="body">The record and what follows it in its frame.</param>
    /// <param name="numbers">By partition, the last number in the frame's earlier records.</param>
    internal LogOperationReader(ReadOnlySpan<byte> body, Dictionary<int, ulong> numbers)
    {
        _body = body;
        _numbers = numbers;
        _partition = -1;
    }

    /// <summary>The operation read last. Its spans are valid as long as the record is.</summary>
    public readonly LogOperation Current => _current;

    /// <summary>False when the items do not follow the format, so that the record was made
    /// wrongly.</summary>
    public bool IsWellFormed { get; private set; } = true;

    /// <summary>The record's length in bytes; known when all operations are read.</summary>
    internal readonly int Length => _at;

    /// <summary>Reads the next operation; false at the end, or when what follows is malformed.</summary>
    public bool MoveNext()
    {
        while (_at < _body.Length)
        {
            byte item = _body[_at];
            bool isPart = (item & LogItem.KindMask) == LogItem.Part;
            bool begins = isPart && (item & LogItem.Begins) != 0;
            if (begins && _partition >= 0) return false;
            if (begins != (_partition < 0)) return Malformed();
            _at++;
            if (isPart)
            {
                if (!Part(item)) return Malformed();
                continue;
            }

            _sequence++;
            return Read(item) || Malformed();
        }

        return false;
    }

    private bool Read(byte item)
    {
        _current = new LogOperation
        {
            Kind = (LogOperationKind)(item & LogItem.KindMask),
            Delta = (CountDelta)((item >> LogItem.DeltaShift) & 3),
            HadExpiry = (item & LogItem.HadExpiry) != 0,
            Partition = _partition,
            Sequence = _sequence,
        };
        bool expires = (item & LogItem.HasExpiry) != 0;
        switch (_current.Kind)
        {
            case LogOperationKind.Put:
                return Keyspace() && Types() && (!expires || Expiry()) && KeyAndValue();
            case LogOperationKind.Remove:
                return Keyspace() && Key();
            case LogOperationKind.SetExpiry:
                return Keyspace() && (!expires || Expiry()) && Key();
            case LogOperationKind.WriteRange:
                return Keyspace() && Range() && KeyAndValue();
            case LogOperationKind.RemoveRange:
                return Keyspace() && KeyAndValue();
            case LogOperationKind.Splice:
                return Keyspace() && Piece() && KeyAndValue();
            case LogOperationKind.DropRun:
                return Keyspace() && Dropped();
            case LogOperationKind.AssignKeyspace:
                return Database() && Keyspace();
            case LogOperationKind.SwapDatabases:
                if (!Database() || !Number(int.MaxValue, out ulong other)) return false;
                _current.OtherDatabase = (int)other;
                return true;
            default:
                return false;
        }
    }

    private bool Part(byte item)
    {
        if ((item & ~PartBits) != 0 || !Number(int.MaxValue, out ulong partition)) return false;
        _partition = (int)partition;
        if ((item & LogItem.HasNumber) == 0) return _numbers.TryGetValue(_partition, out _sequence);
        if (!Number(ulong.MaxValue, out ulong sequence)) return false;
        _sequence = sequence - 1;
        return true;
    }

    private bool Keyspace()
    {
        if (!Number(uint.MaxValue, out ulong keyspace)) return false;
        _current.Keyspace = (uint)keyspace;
        return true;
    }

    private bool Database()
    {
        if (!Number(int.MaxValue, out ulong database)) return false;
        _current.Database = (int)database;
        return true;
    }

    private bool Types()
    {
        if (_at == _body.Length) return false;
        int form = _body[_at++];
        _current.Type = (RecordType)(form & LogItem.TypeMask);
        _current.Encoding = (StringEncoding)(form >> LogItem.EncodingShift);
        return true;
    }

    private bool Expiry()
    {
        if (_body.Length - _at < 8) return false;
        _current.ExpireAt = BinaryPrimitives.ReadInt64LittleEndian(_body[_at..]);
        _at += 8;
        return true;
    }

    private bool Range()
    {
        if (!Number(int.MaxValue, out ulong offset) || !Number(int.MaxValue, out ulong length)) return false;
        _current.Offset = (int)offset;
        _current.NewLength = (int)length;
        return true;
    }

    private bool Piece()
    {
        if (!Number(int.MaxValue, out ulong offset) || !Number(int.MaxValue, out ulong removed)) return false;
        _current.Offset = (int)offset;
        _current.Removed = (int)removed;
        return true;
    }

    private bool Dropped()
    {
        const ulong most = long.MaxValue;
        if (!Number(ulong.MaxValue, out ulong run) || !Number(most, out ulong keys)) return false;
        if (!Number(most, out ulong expires) || !Number(most, out ulong nodes)) return false;
        _current.Run = run;
        (_current.Keys, _current.Expires, _current.Nodes) = ((long)keys, (long)expires, (long)nodes);
        return true;
    }

    private bool Key()
    {
        if (!Number(int.MaxValue, out ulong length) || length > (ulong)(_body.Length - _at)) return false;
        _current.Key = _body.Slice(_at, (int)length);
        _at += (int)length;
        return true;
    }

    private bool KeyAndValue()
    {
        if (!Number(int.MaxValue, out ulong key) || !Number(int.MaxValue, out ulong value)) return false;
        if (key + value > (ulong)(_body.Length - _at)) return false;
        _current.Key = _body.Slice(_at, (int)key);
        _current.ValueAt = _at + (int)key;
        _current.Value = _body.Slice(_current.ValueAt, (int)value);
        _at += (int)(key + value);
        return true;
    }

    private bool Number(ulong max, out ulong value) =>
        LogFormat.TryReadVarint(_body, ref _at, out value) && value <= max;

    private bool Malformed()
    {
        IsWellFormed = false;
        _at = _body.Length;
        return false;
    }
}
