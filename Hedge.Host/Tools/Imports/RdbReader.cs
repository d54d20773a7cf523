using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;

namespace Hedge.Host.Tools.Imports;

/// <summary>
/// Reads an RDB file of versions 1 to 11, or one that stands at the start of an append-only file.
/// <code>
/// rdb    := "REDIS" version:4 digits part* FF [ checksum:u64le ]     checksum: from version 5 on; 0 for none
/// part   := FE database:length | FA string string                        a field about the file
///         | FB length length | F5 string                                 sizes; a library of functions
///         | F7 module when:length time:length modulePart*                what a module has besides keys
///         | use* type:u8 key:string value
/// use    := FC expireAt:i64le milliseconds | FD expireAt:i32le seconds | F8 idle:length | F9 frequency:u8
/// </code>
/// Strings, lengths and values are those of DUMP (<see cref="DumpWriter"/>).
/// </summary>
internal sealed class RdbReader(MappedFile file, IRdbSink sink) : IDisposable
{
    /// <summary>What such a file begins with.</summary>
    public static ReadOnlySpan<byte> Magic => "REDIS"u8;

    private const int HeaderBytes = 9;
    private const int ChecksumSince = 5;
    private const long SumEvery = 1024 * 1024;

    private readonly PayloadMemory _memory = new();
    private readonly PayloadMemory _second = new();
    private ulong _sum;
    private long _summed;

    /// <summary>Tells how far it has come, now and then.</summary>
    public Action<long>? Progress { get; init; }

    /// <summary>Where the part begins that is being read.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads all of it.</summary>
    /// <returns>Where it ends.</returns>
    /// <exception cref="ToolException">It is damaged, or newer.</exception>
    public long Read()
    {
        int version = ReadVersion();
        Offset = HeaderBytes;
        var cursor = new PayloadCursor(in file.At(HeaderBytes), file.Length - HeaderBytes);
        while (true)
        {
            Offset = file.Length - cursor.Left;
            if (!cursor.TryBytes(1, out ReadOnlySpan<byte> code)) throw Damaged("it ends too early");
            if (code[0] == 0xFF) break;
            if (!TryPart(ref cursor, code[0])) throw Damaged("it is malformed");
            SumUpTo(file.Length - cursor.Left, SumEvery);
        }

        SumUpTo(file.Length - cursor.Left, 0);
        if (version < ChecksumSince) return file.Length - cursor.Left;
        if (!cursor.TryInt64(out long sum)) throw Damaged("it ends before its checksum");
        if (sum != 0 && unchecked((ulong)sum) != _sum) throw Damaged("its checksum is wrong");
        return file.Length - cursor.Left;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _second.Dispose();
    }

    private int ReadVersion()
    {
        ReadOnlySpan<byte> header = file.Span(0, HeaderBytes);
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (header.Length < HeaderBytes || !header.StartsWith(Magic)
            || !int.TryParse(header[Magic.Length..], NumberStyles.None, culture, out int version))
            throw Damaged("it does not begin as an RDB file");
        return version is > 0 and <= DumpReader.VersionMax ? version
            : throw new ToolException($"{file.Path}: RDB version {version} is not known, only 1 to "
                + $"{DumpReader.VersionMax} (of Redis 7.2)");
    }

    private bool TryPart(ref PayloadCursor cursor, byte code)
    {
        switch (code)
        {
            case 0xFE:
                if (!cursor.TryLength(out ulong database) || database > int.MaxValue) return false;
                sink.SelectDatabase((int)database);
                return true;
            case 0xFA:
                if (!cursor.TryString(_memory, out ReadOnlySpan<byte> name)
                    || !cursor.TryString(_second, out ReadOnlySpan<byte> value)) return false;
                sink.TakeField(name, value);
                return true;
            case 0xFB:
                return cursor.TryLength(out _) && cursor.TryLength(out _);
            case 0xF5:
                if (!cursor.TryString(_memory, out ReadOnlySpan<byte> library)) return false;
                sink.TakeLibrary(library);
                return true;
            case 0xF6:
                throw new ToolException($"{file.Path}: its functions are of a release candidate of Redis "
                    + "7.0, in a form that no release reads");
            case 0xF7:
                return TryModule(ref cursor);
            default:
                return TryKey(ref cursor, code);
        }
    }

    private bool TryModule(ref PayloadCursor cursor)
    {
        if (!cursor.TryLength(out ulong module) || !cursor.TryLength(out _) || !cursor.TryLength(out _))
            return false;
        if (!RdbValue.TrySkipModule(ref cursor)) return false;
        sink.TakeModule(RdbValue.ModuleName(module), default);
        return true;
    }

    private bool TryKey(ref PayloadCursor cursor, byte code)
    {
        long expireAt = 0, idle = -1;
        int frequency = -1;
        while (code is 0xF8 or 0xF9 or 0xFC or 0xFD)
        {
            bool isRead = code switch
            {
                0xF8 => TryIdle(ref cursor, out idle),
                0xF9 => TryFrequency(ref cursor, out frequency),
                0xFC => cursor.TryInt64(out expireAt),
                _ => TrySeconds(ref cursor, out expireAt),
            };
            if (!isRead || !cursor.TryBytes(1, out ReadOnlySpan<byte> next)) return false;
            code = next[0];
        }

        if (!cursor.TryString(_memory, out ReadOnlySpan<byte> name)) return false;
        if (code is RdbValue.Module or RdbValue.OldModule) return TryModuleKey(ref cursor, code, name);
        long start = file.Length - cursor.Left;
        if (DumpReader.TypeOf((DumpType)code) == null || !RdbValue.TrySkip(ref cursor, (DumpType)code))
            return false;
        long end = file.Length - cursor.Left;
        sink.TakeKey(new RdbKey
        {
            Name = name,
            Type = (DumpType)code,
            ExpireAt = expireAt,
            IdleSeconds = idle,
            Frequency = frequency,
        }, new PayloadCursor(in file.At(start), end - start));
        return true;
    }

    private bool TryModuleKey(ref PayloadCursor cursor, byte code, ReadOnlySpan<byte> name)
    {
        if (!cursor.TryLength(out ulong module)) return false;
        if (code == RdbValue.OldModule)
        {
            throw new ToolException($"{file.Path}: the key \"{Encoding.UTF8.GetString(name)}\" of the module "
                + $"type {RdbValue.ModuleName(module)} does not say how long it is, so nothing behind it can "
                + "be read");
        }

        if (!RdbValue.TrySkipModule(ref cursor)) return false;
        sink.TakeModule(RdbValue.ModuleName(module), name);
        return true;
    }

    private static bool TryIdle(ref PayloadCursor cursor, out long seconds)
    {
        bool isRead = cursor.TryLength(out ulong value);
        seconds = (long)Math.Min(value, long.MaxValue);
        return isRead;
    }

    private static bool TryFrequency(ref PayloadCursor cursor, out int frequency)
    {
        bool isRead = cursor.TryBytes(1, out ReadOnlySpan<byte> value);
        frequency = isRead ? value[0] : -1;
        return isRead;
    }

    private static bool TrySeconds(ref PayloadCursor cursor, out long expireAt)
    {
        bool isRead = cursor.TryBytes(sizeof(int), out ReadOnlySpan<byte> seconds);
        expireAt = isRead ? BinaryPrimitives.ReadInt32LittleEndian(seconds) * 1000L : 0;
        return isRead;
    }

    private void SumUpTo(long end, long atLeast)
    {
        if (end - _summed < atLeast) return;
        while (_summed < end)
        {
            ReadOnlySpan<byte> bytes = file.Span(_summed, end - _summed);
            _sum = Crc64.Append(_sum, bytes);
            _summed += bytes.Length;
        }

        Progress?.Invoke(end);
    }

    private ToolException Damaged(string what) => new($"{file.Path}, offset {Offset}: {what}");
}
