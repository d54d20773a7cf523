using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Resp;
using Hedge.Resp.Clients;
using Hedge.Storage.Records;

namespace Hedge.Host.Tools.Imports;

/// <summary>
/// Sends keys to a server: strings by SET, collections by RESTORE, which makes them in one step, and those
/// that are too long for that by commands that add some elements each.
/// </summary>
/// <param name="target">The server.</param>
/// <param name="replaces">Whether keys that are there are replaced; else they stay as they are.</param>
/// <param name="counts">What has become of them.</param>
/// <param name="longBytes">From how many bytes on a collection is sent in parts.</param>
internal sealed class KeySender(ImportTarget target, bool replaces, ImportCounts counts,
    long longBytes = KeySender.LongBytes) : IDisposable
{
    /// <summary>From how many bytes on a collection is sent in parts, if nothing else is said.</summary>
    public const long LongBytes = 8 * 1024 * 1024;

    // A stream is sent as a whole where it can be: commands cannot make all of its pending entries.
    private const long PayloadBytesMax = 500L * 1024 * 1024;

    private readonly PayloadMemory _memory = new();
    private int _database;

    /// <summary>What follows is of this database.</summary>
    public void Select(int database)
    {
        if (database == _database) return;
        RespValue reply = target.Call("SELECT", database.ToString(CultureInfo.InvariantCulture));
        if (reply.IsError) throw new ToolException($"database {database}: {reply.Text}");
        _database = database;
    }

    /// <summary>Sends a library of functions.</summary>
    public void SendLibrary(ReadOnlySpan<byte> code)
    {
        ToolConnection connection = target.Connection;
        connection.Begin(replaces ? 4 : 3);
        connection.Argument("FUNCTION"u8);
        connection.Argument("LOAD"u8);
        if (replaces) connection.Argument("REPLACE"u8);
        connection.Argument(code);
        target.End("a library of functions"u8, ReplyMeaning.LibraryIfThere);
        counts.Libraries++;
    }

    /// <summary>Sends a key, unless it has expired.</summary>
    /// <exception cref="ToolException">Its value is malformed, or the connection was lost.</exception>
    public void Send(in RdbKey key, PayloadCursor body)
    {
        if (key.ExpireAt != 0 && key.ExpireAt <= DateTimeOffset.UtcNow.ToUnixTimeMilliseconds())
        {
            counts.Expired++;
            return;
        }

        counts.Sent++;
        RecordType type = DumpReader.TypeOf(key.Type)!.Value;
        bool isLong = body.Left >= (type == RecordType.Stream ? PayloadBytesMax : longBytes);
        bool isPlain = isLong || (key.IdleSeconds < 0 && key.Frequency < 0);
        if (type == RecordType.String && isPlain) SendString(key, body);
        else if (!isLong) Restore(key, body);
        else SendInParts(key, type, body);
    }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void SendString(in RdbKey key, PayloadCursor body)
    {
        if (!body.TryString(_memory, out ReadOnlySpan<byte> value)) throw Malformed(key.Name);
        ToolConnection connection = target.Connection;
        connection.Begin(3 + (key.ExpireAt != 0 ? 2 : 0) + (replaces ? 0 : 1));
        connection.Argument("SET"u8);
        connection.Argument(key.Name);
        connection.Argument(value);
        if (key.ExpireAt != 0)
        {
            connection.Argument("PXAT"u8);
            Number(key.ExpireAt);
        }

        if (!replaces) connection.Argument("NX"u8);
        target.End(key.Name, ReplyMeaning.NullIfThere);
    }

    private void Restore(in RdbKey key, PayloadCursor body)
    {
        bool hasUse = key.IdleSeconds >= 0 || key.Frequency >= 0;
        ToolConnection connection = target.Connection;
        connection.Begin(5 + (replaces ? 1 : 0) + (hasUse ? 2 : 0));
        connection.Argument("RESTORE"u8);
        connection.Argument(key.Name);
        Number(key.ExpireAt);
        Payload(key.Type, body);
        connection.Argument("ABSTTL"u8);
        if (replaces) connection.Argument("REPLACE"u8);
        if (hasUse)
        {
            connection.Argument(key.Frequency >= 0 ? "FREQ"u8 : "IDLETIME"u8);
            Number(key.Frequency >= 0 ? key.Frequency : key.IdleSeconds);
        }

        target.End(key.Name);
    }

    private void Payload(DumpType type, PayloadCursor body)
    {
        int length = 1 + (int)body.Left + DumpWriter.FooterBytes;
        IBufferWriter<byte> output = target.Connection.Output;
        Span<byte> room = output.GetSpan(length + 16);
        room[0] = (byte)'$';
        int head = 1 + RespInteger.Format(length, room[1..]);
        "\r\n"u8.CopyTo(room[head..]);
        Span<byte> payload = room.Slice(head + 2, length);
        payload[0] = (byte)type;
        body.TryBytes((ulong)body.Left, out ReadOnlySpan<byte> bytes);
        bytes.CopyTo(payload[1..]);
        Span<byte> footer = payload[^DumpWriter.FooterBytes..];
        BinaryPrimitives.WriteUInt16LittleEndian(footer, DumpReader.VersionMax);
        BinaryPrimitives.WriteUInt64LittleEndian(footer[2..], Crc64.Compute(payload[..^sizeof(ulong)]));
        "\r\n"u8.CopyTo(room[(head + 2 + length)..]);
        output.Advance(head + 2 + length + 2);
    }

    // The key is there in part until the last command has run.
    private void SendInParts(in RdbKey key, RecordType type, PayloadCursor body)
    {
        byte[] name = key.Name.ToArray();
        if (type == RecordType.Stream)
        {
            throw new ToolException($"the stream \"{Encoding.UTF8.GetString(name)}\" is longer than one "
                + "RESTORE may be (500 MiB)");
        }

        if (replaces)
        {
            target.Call("UNLINK"u8.ToArray(), name);
        }
        else if (target.Call("EXISTS"u8.ToArray(), name).Integer > 0)
        {
            counts.Kept++;
            return;
        }

        if (!ElementCommands.TrySend(target, key.Type, name, body)) throw Malformed(name);
        if (key.ExpireAt == 0) return;
        ToolConnection connection = target.Connection;
        connection.Begin(3);
        connection.Argument("PEXPIREAT"u8);
        connection.Argument(name);
        Number(key.ExpireAt);
        target.End(name);
    }

    private void Number(long value)
    {
        Span<byte> text = stackalloc byte[Numbers.Int64CharactersMax];
        Utf8Formatter.TryFormat(value, text, out int length);
        target.Connection.Argument(text[..length]);
    }

    private static ToolException Malformed(ReadOnlySpan<byte> key) =>
        new($"the value of \"{Encoding.UTF8.GetString(key)}\" is malformed");
}
