using System.Buffers;
using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Resp.Clients;
using Hedge.Storage.Records;

namespace Hedge.Host.Tools.Imports;

/// <summary>A collection that is too long for one RESTORE, as commands that each add some of its
/// elements.</summary>
internal sealed class ElementCommands : ICollectionSink
{
    private const int ArgumentsMax = 1024;
    private const int BytesMax = 256 * 1024;

    private readonly ImportTarget _target;
    private readonly byte[] _command;
    private readonly byte[] _key;
    private readonly ArrayBufferWriter<byte> _arguments = new();
    private int _count;

    private ElementCommands(ImportTarget target, RecordType type, ReadOnlySpan<byte> key)
    {
        _target = target;
        _key = key.ToArray();
        _command = type switch
        {
            RecordType.List => "RPUSH"u8.ToArray(),
            RecordType.Set => "SADD"u8.ToArray(),
            RecordType.SortedSet => "ZADD"u8.ToArray(),
            _ => "HSET"u8.ToArray(),
        };
    }

    /// <summary>Sends a collection. False when it is malformed: then a part has been sent.</summary>
    public static bool TrySend(ImportTarget target, DumpType type, ReadOnlySpan<byte> key, PayloadCursor body)
    {
        var commands = new ElementCommands(target, DumpReader.TypeOf(type)!.Value, key);
        using var reader = new CollectionReader<ElementCommands>(type, body, seen: null, ref commands);
        bool isRead = reader.TryRead();
        commands.Send();
        return isRead;
    }

    /// <inheritdoc/>
    public bool TakeElement(ReadOnlySpan<byte> element) => Add(element);

    /// <inheritdoc/>
    public bool TakeMember(ReadOnlySpan<byte> member) => Add(member);

    /// <inheritdoc/>
    public bool TakeMember(ReadOnlySpan<byte> member, double score) =>
        Add(Encoding.ASCII.GetBytes(score.ToString("R", CultureInfo.InvariantCulture)), member);

    /// <inheritdoc/>
    public bool TakeField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value) => Add(field, value);

    private bool Add(ReadOnlySpan<byte> argument)
    {
        RequestWriter.Argument(_arguments, argument);
        if (++_count >= ArgumentsMax || _arguments.WrittenCount >= BytesMax) Send();
        return true;
    }

    private bool Add(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        RequestWriter.Argument(_arguments, first);
        _count++;
        return Add(second);
    }

    private void Send()
    {
        if (_count == 0) return;
        _target.Connection.Begin(2 + _count);
        _target.Connection.Argument(_command);
        _target.Connection.Argument(_key);
        _target.Connection.Output.Write(_arguments.WrittenSpan);
        _target.End(_key);
        _arguments.ResetWrittenCount();
        _count = 0;
    }
}
