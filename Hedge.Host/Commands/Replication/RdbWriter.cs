using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Settings;
using Hedge.Storage.Io;
using Hedge.Storage.Records;
using Hedge.Storage.Types;
using Hedge.Storage.Walks;

namespace Hedge.Host.Commands.Replication;

/// <summary>
/// Writes keys as an RDB file of version 10, which redis-server 7.0 and later load (the grammar is at
/// <c>RdbReader</c>). Collections are written in their plain forms, which need no more memory for a long one;
/// who loads them makes small ones compact. One background thread at a time.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="partBytes">How much is to be there before it is sent.</param>
/// <param name="nowMilliseconds">The moment: fields of hashes that had expired are left out.</param>
/// <param name="limits">How long a stream's nodes become.</param>
/// <param name="compresses">rdbcompression.</param>
/// <param name="mark">What is written behind the file.</param>
internal sealed class RdbWriter(OutputBuffer output, int partBytes, long nowMilliseconds,
    StreamNodeLimits limits, bool compresses, ReadOnlyMemory<byte> mark) : ISnapshotTaker, IDisposable
{
    /// <summary>The field at the end that says of how many hashes the times of fields were left
    /// out.</summary>
    public const string TimesLeftOut = "hedge-field-times-left-out";

    private const int ScratchBytesMax = 64 * 1024;

    private readonly PayloadOutput _scratch = new() { Compresses = compresses };
    private readonly PayloadOutput _counted = new() { Compresses = compresses };
    private byte[] _key = [];
    private RecordType _type;
    private long _expireAt;
    private long _count;
    private bool _isCounting;
    private bool _hasTimes;
    private StreamTail? _tail;
    private StreamOutput? _stream;
    private long _timesLeftOut;
    private ulong _sum;

    /// <inheritdoc/>
    public bool IsFull => output.Length >= partBytes;

    /// <inheritdoc/>
    public int PartBytes => partBytes;

    /// <summary>Writes what comes before all keys.</summary>
    /// <param name="libraries">The texts of the libraries of functions.</param>
    public void Begin(IEnumerable<ReadOnlyMemory<byte>> libraries)
    {
        _scratch.Add(Encoding.ASCII.GetBytes($"REDIS{DumpWriter.Version:D4}"));
        Field("redis-ver", "7.0.15");
        Field("redis-bits", "64");
        Field("ctime", (nowMilliseconds / 1000).ToString(CultureInfo.InvariantCulture));
        Field("aof-base", "0");
        foreach (ReadOnlyMemory<byte> library in libraries)
        {
            _scratch.AddByte(0xF5);
            _scratch.AddString(library.Span);
        }

        Flush();
    }

    /// <inheritdoc/>
    public void TakeDatabase(int database)
    {
        _scratch.AddByte(0xFE);
        _scratch.AddLength((ulong)database);
    }

    /// <inheritdoc/>
    public void TakeString(ReadOnlySpan<byte> key, long expireAt, ReadOnlySpan<byte> value)
    {
        Head(DumpType.String, key, expireAt);
        _scratch.AddString(value);
        Flush();
    }

    /// <inheritdoc/>
    public int BeginCollection(ReadOnlySpan<byte> key, RecordType type, long expireAt, long count)
    {
        (_key, _type, _expireAt, _count) = (key.ToArray(), type, expireAt, 0);
        if (type == RecordType.Stream)
        {
            _isCounting = true;
            _tail = new StreamTail();
            _stream = new StreamOutput(_counted, limits.Bytes, limits.Entries);
            return 2;
        }

        // The fields that are still there can only be counted.
        _isCounting = type == RecordType.Hash;
        if (_isCounting) return 2;
        BeginElements(count);
        return 1;
    }

    /// <inheritdoc/>
    public void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score)
    {
        switch (_type)
        {
            case RecordType.Stream:
                TakeOfStream(name, value);
                break;
            case RecordType.Hash:
                if (score != 0 && score <= nowMilliseconds) return;
                _hasTimes |= score != 0;
                if (_isCounting) _count++;
                else AddPair(name, value);
                break;
            case RecordType.SortedSet:
                _scratch.AddString(name);
                BinaryPrimitives.WriteDoubleLittleEndian(_scratch.Add(sizeof(double)), score);
                break;
            default:
                _scratch.AddString(name);
                break;
        }

        if (_scratch.Length >= ScratchBytesMax) Flush();
    }

    /// <inheritdoc/>
    public void EndPass()
    {
        if (_type == RecordType.Stream) EndOfStream();
        else if (_isCounting && _count > 0) BeginElements(_count);
        else if (!_isCounting) EndCollection();
        _isCounting = false;
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_timesLeftOut > 0) Field(TimesLeftOut, _timesLeftOut.ToString(CultureInfo.InvariantCulture));
        _scratch.AddByte(0xFF);
        Flush();
        _scratch.AddInt64(unchecked((long)_sum));
        _scratch.Add(mark.Span);
        Flush();
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        _scratch.Dispose();
        _counted.Dispose();
        _stream?.Dispose();
    }

    private void BeginElements(long count)
    {
        Head(_type switch
        {
            RecordType.List => DumpType.List,
            RecordType.Set => DumpType.Set,
            RecordType.SortedSet => DumpType.SortedSet,
            _ => DumpType.Hash,
        }, _key, _expireAt);
        _scratch.AddLength((ulong)count);
    }

    private void EndCollection()
    {
        if (_hasTimes) _timesLeftOut++;
        _hasTimes = false;
        Flush();
    }

    private void AddPair(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        _scratch.AddString(field);
        _scratch.AddString(value);
    }

    private void TakeOfStream(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (_isCounting) _tail!.Note(key, value);
        if (!StreamElements.IsEntry(key)) return;
        _stream!.AddEntry(StreamElements.IdOf(key), value);
        // It is only known how many nodes there are when all have been made.
        _counted.Cut(0);
    }

    private void EndOfStream()
    {
        _stream!.EndNode();
        if (_isCounting)
        {
            Head(DumpType.Stream, _key, _expireAt);
            _scratch.AddLength(_stream.Nodes);
            Flush();
        }
        else
        {
            _tail!.Write(_stream);
            Flush();
        }

        _counted.Cut(0);
        _stream.Dispose();
        _stream = _isCounting ? new StreamOutput(_scratch, limits.Bytes, limits.Entries) : null;
    }

    private void Head(DumpType type, ReadOnlySpan<byte> key, long expireAt)
    {
        if (expireAt != 0)
        {
            _scratch.AddByte(0xFC);
            _scratch.AddInt64(expireAt);
        }

        _scratch.AddByte((byte)type);
        _scratch.AddString(key);
    }

    private void Field(string name, string value)
    {
        _scratch.AddByte(0xFA);
        _scratch.AddString(Encoding.ASCII.GetBytes(name));
        _scratch.AddString(Encoding.ASCII.GetBytes(value));
    }

    private void Flush()
    {
        _sum = Crc64.Append(_sum, _scratch.Bytes);
        output.Append(_scratch.Bytes);
        _scratch.Cut(0);
    }
}
