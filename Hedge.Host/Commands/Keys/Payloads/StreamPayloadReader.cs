using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>
/// Reads the payload of a stream as Redis 5.0 to 7.2 write it, with the strictest checks that Redis has, and
/// some more: entries and pending entries ascend, and the length is the number of entries.
/// <code>
/// payload  := type body version:u16le checksum:u64le
/// body     := count (key node){count} length last [ first maxDeleted added ] count group{count}
///                                                      [ ]: not in type 15; key: a string of 16 bytes
/// last     := length length                            an id; first and maxDeleted, too
/// group    := string last [ read:length ] count pending{count} count consumer{count}
/// pending  := id:16 deliveredAt:u64le deliveries:length                 ids big-endian
/// consumer := string seenAt:u64le [[ activeAt:u64le ]] count id:16{count}    [[ ]]: in type 21
/// node     := a string: a listpack of
///             live deleted fields field{fields} 0 entry{live + deleted}
/// entry    := flags ms sequence [ fields field{fields} in turn with ] value{fields} elements
///                                                      flags: 1 deleted, 2 the fields are the node's;
///                                                      ms, sequence: what is added to the key's
/// </code>
/// </summary>
internal ref struct StreamPayloadReader<TSink> : IDisposable
    where TSink : IStreamSink
{
    private const long Deleted = 1;
    private const long SameFields = 2;
    private const int FixedElements = 3;

    private readonly PayloadMemory _memory = new();
    private readonly ref TSink _sink;
    private readonly DumpType _type;
    private readonly Dictionary<StreamId, StreamPending> _pending = [];
    private PayloadCursor _cursor;
    private StreamHead _head;
    private StreamId _last;
    private StreamId _first;
    private long _entries;

    /// <summary>Starts to read an intact payload (<see cref="DumpReader.IsIntact"/>).</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="sink">Takes what is there.</param>
    public StreamPayloadReader(ReadOnlySpan<byte> payload, ref TSink sink)
        : this((DumpType)payload[0], PayloadCursor.OfBody(payload), ref sink)
    {
    }

    /// <summary>Starts to read a body.</summary>
    public StreamPayloadReader(DumpType type, PayloadCursor body, ref TSink sink)
    {
        _type = type;
        _cursor = body;
        _sink = ref sink;
    }

    /// <summary>Delivers all. False when the payload is malformed: some may have been delivered by
    /// then.</summary>
    public bool TryRead()
    {
        if (!_cursor.TryLength(out ulong nodes)) return false;
        for (; nodes > 0; nodes--)
        {
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> key) || key.Length != StreamId.SizeBytes)
                return false;
            StreamId master = StreamId.Read(key);
            if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> node)) return false;
            if (!TryNode(master, node)) return false;
        }

        if (!TryHead()) return false;
        _sink.TakeHead(_head);
        if (!_cursor.TryLength(out ulong groups)) return false;
        using var names = new MemberSet();
        for (; groups > 0; groups--)
            if (!TryGroup(names)) return false;
        return true;
    }

    /// <summary>Gives the memory back.</summary>
    public readonly void Dispose() => _memory.Dispose();

    private bool TryNode(StreamId master, ReadOnlySpan<byte> bytes)
    {
        PackedReader reader = PackedReader.Listpack(bytes);
        if (!TryInteger(ref reader, out long live) || !TryInteger(ref reader, out long deleted)) return false;
        if (!TryInteger(ref reader, out long fields)) return false;
        if (live < 0 || deleted < 0 || fields < 0) return false;
        PackedReader names = reader;
        if (!TrySkip(ref reader, fields)) return false;
        if (!TryInteger(ref reader, out long end) || end != 0) return false;
        long found = 0;
        for (ulong left = (ulong)live + (ulong)deleted; left > 0; left--)
            if (!TryEntry(master, ref reader, names, fields, ref found)) return false;
        return found == live && !reader.TryNext(out _) && !reader.IsDamaged;
    }

    private bool TryEntry(StreamId master, ref PackedReader reader, PackedReader names, long fields,
        ref long found)
    {
        if (!TryInteger(ref reader, out long flags) || !TryInteger(ref reader, out long milliseconds)
            || !TryInteger(ref reader, out long sequence)) return false;
        bool isSame = (flags & SameFields) != 0;
        if (!isSame && (!TryInteger(ref reader, out fields) || fields < 0)) return false;
        PackedReader content = reader;
        long elements = isSame ? fields : 2 * fields;
        if (fields > int.MaxValue / 2 || !TrySkip(ref reader, elements)) return false;
        if (!TryInteger(ref reader, out long told)) return false;
        if (told != FixedElements + elements + (isSame ? 0 : 1)) return false;
        if ((flags & Deleted) != 0) return true;
        found++;
        StreamId id = unchecked(new StreamId(
            master.Milliseconds + (ulong)milliseconds, master.Sequence + (ulong)sequence));
        if (id <= _last) return false;
        if (_entries++ == 0) _first = id;
        _last = id;
        return _sink.TakeEntry(id, new StreamItem((int)fields, isSame ? names : content, content, isSame));
    }

    private bool TryHead()
    {
        if (!_cursor.TryLength(out ulong length) || length != (ulong)_entries) return false;
        if (!TryId(out StreamId last) || last < _last) return false;
        StreamId maxDeleted = default;
        ulong added = length;
        if (_type != DumpType.StreamOfSix
            && !(TryId(out _) && TryId(out maxDeleted) && _cursor.TryLength(out added))) return false;
        _head = new StreamHead(_entries, _first, last, maxDeleted, unchecked((long)added));
        return true;
    }

    private bool TryGroup(MemberSet names)
    {
        if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> name) || !names.TryAdd(name)) return false;
        if (!TryId(out StreamId last)) return false;
        ulong read = 0;
        if (_type == DumpType.StreamOfSix) read = unchecked((ulong)EntriesRead(last));
        else if (!_cursor.TryLength(out read)) return false;
        _sink.TakeGroup(name, new StreamGroup(0, last, unchecked((long)read), 0));
        if (!_cursor.TryLength(out ulong count)) return false;
        _pending.Clear();
        for (; count > 0; count--)
        {
            if (!TryRawId(out StreamId id) || !_cursor.TryInt64(out long deliveredAt)) return false;
            if (!_cursor.TryLength(out ulong deliveries)) return false;
            StreamPending pending = new(0, deliveredAt, unchecked((long)deliveries));
            if (!_pending.TryAdd(id, pending)) return false;
        }

        if (!_cursor.TryLength(out count)) return false;
        using var consumers = new MemberSet();
        for (; count > 0; count--)
            if (!TryConsumer(consumers)) return false;
        // What is pending is pending at one consumer.
        return _pending.Count == 0;
    }

    private bool TryConsumer(MemberSet consumers)
    {
        if (!_cursor.TryString(_memory, out ReadOnlySpan<byte> name) || !consumers.TryAdd(name)) return false;
        if (!_cursor.TryInt64(out long seenAt)) return false;
        long activeAt = seenAt;
        if (_type == DumpType.StreamOfSevenTwo && !_cursor.TryInt64(out activeAt)) return false;
        _sink.TakeConsumer(name, new StreamConsumer(0, seenAt, activeAt));
        if (!_cursor.TryLength(out ulong count)) return false;
        for (; count > 0; count--)
        {
            if (!TryRawId(out StreamId id) || !_pending.Remove(id, out StreamPending pending)) return false;
            _sink.TakePending(id, pending);
        }

        return true;
    }

    // What can be known of a group that has no number: as Redis finds it.
    private readonly long EntriesRead(StreamId last)
    {
        if (_head.EntriesAdded == 0 || (_head.Length > 0 && last < _head.FirstId)) return 0;
        if (last == _head.LastId) return _head.EntriesAdded;
        return last == _head.FirstId ? 1 : -1;
    }

    private bool TryId(out StreamId id)
    {
        bool isRead = _cursor.TryLength(out ulong milliseconds);
        isRead &= _cursor.TryLength(out ulong sequence);
        id = new StreamId(milliseconds, sequence);
        return isRead;
    }

    private bool TryRawId(out StreamId id)
    {
        bool isRead = _cursor.TryBytes(StreamId.SizeBytes, out ReadOnlySpan<byte> bytes);
        id = isRead ? StreamId.Read(bytes) : default;
        return isRead;
    }

    private static bool TryInteger(ref PackedReader reader, out long number)
    {
        number = 0;
        return reader.TryNext(out PackedElement element) && element.TryInteger(out number);
    }

    private static bool TrySkip(ref PackedReader reader, long count)
    {
        for (; count > 0; count--)
            if (!reader.TryNext(out _)) return false;
        return true;
    }
}
