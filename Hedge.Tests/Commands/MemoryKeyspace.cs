using System.Runtime.InteropServices;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Tests.Commands;

/// <summary>
/// One database in memory that holds commands to their contract: it throws at a write after a look-up that
/// was not resident, at a change of a key that was not looked up, and moves records at every write so that a
/// stale view reads poison. With <see cref="MemoryDatabases.MissesFirst"/> the first look-up of each key per
/// command is not resident.
/// </summary>
public sealed unsafe class MemoryKeyspace(MemoryDatabases owner) : IKeyspace, IDisposable
{
    private readonly SortedDictionary<string, nint> _records = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lookedUp = [];
    private readonly HashSet<string> _resident = [];
    private readonly List<nint> _quarantine = [];

    /// <summary>Number of keys, expired ones not counted.</summary>
    public int Count => LiveKeys().Count;

    /// <summary>Keys in byte order (as Latin-1 strings), expired ones not counted.</summary>
    public IReadOnlyList<string> LiveKeys()
    {
        var keys = new List<string>();
        foreach ((string key, nint header) in _records)
        {
            if (!Expired((RecordHeader*)header)) keys.Add(key);
        }

        return keys;
    }

    /// <summary>Number of live keys with an expiry.</summary>
    public int ExpiryCount => LiveKeys().Count(key => ((RecordHeader*)_records[key])->ExpireAt != 0);

    /// <inheritdoc/>
    public bool TryFind(ReadOnlySpan<byte> key, out Record record) => TryPeek(key, out record);

    /// <inheritdoc/>
    public bool TryDescribe(ReadOnlySpan<byte> key, out KeyInfo info)
    {
        bool found = TryPeek(key, out Record record);
        info = KeyInfo.Of(record);
        return found;
    }

    /// <inheritdoc/>
    public bool TryPeek(ReadOnlySpan<byte> key, out Record record)
    {
        string name = Encoding.Latin1.GetString(key);
        record = default;
        if (owner.MissesFirst && _resident.Add(name))
        {
            Assume(owner.WritesInRun == 0, "a look-up of a new key after a write");
            owner.Missed = true;
            return false;
        }

        _lookedUp.Add(name);
        if (!_records.TryGetValue(name, out nint header)) return true;
        if (!Expired((RecordHeader*)header)) record = new Record((RecordHeader*)header);
        return true;
    }

    /// <inheritdoc/>
    public void SetString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt = 0,
        StringEncoding encoding = StringEncoding.Derived)
    {
        BeforeWrite();
        Assume(value.Length <= KeyLimits.ValueBytesMax, "a value over the limit");
        nint fresh = Make(key, value, expireAt, RecordType.String, encoding);
        Install(Encoding.Latin1.GetString(key), fresh);
    }

    /// <inheritdoc/>
    public void WriteRange(ReadOnlySpan<byte> key, long offset, ReadOnlySpan<byte> bytes, bool touches)
    {
        BeforeWrite();
        string name = LookedUp(key);
        Record old = Live(name);
        long length = Math.Max(old.Value.Length, offset + bytes.Length);
        Assume(offset >= 0 && length <= KeyLimits.ValueBytesMax, "a range outside of the limits");
        byte[] value = new byte[length];
        old.Value.CopyTo(value);
        bytes.CopyTo(value.AsSpan((int)offset));
        Install(name, Make(key, value, old.ExpireAt, RecordType.String, StringEncoding.Raw));
    }

    /// <inheritdoc/>
    public void Remove(ReadOnlySpan<byte> key)
    {
        BeforeWrite();
        string name = LookedUp(key);
        Assume(Live(name).Exists, "a removal of a key that does not exist");
        Install(name, 0);
    }

    /// <inheritdoc/>
    public void SetExpiry(ReadOnlySpan<byte> key, long expireAt)
    {
        BeforeWrite();
        string name = LookedUp(key);
        Record old = Live(name);
        Assume(old.Exists, "an expiry for a key that does not exist");
        Install(name, Make(key, old.Value, expireAt, old.Type, old.Encoding));
    }

    /// <inheritdoc/>
    public void SetLastAccess(ReadOnlySpan<byte> key, uint seconds)
    {
        BeforeWrite();
        string name = Encoding.Latin1.GetString(key);
        Assume(Live(name).Exists, "an access time for a key that does not exist");
        ((RecordHeader*)_records[name])->LastAccess = seconds;
    }

    /// <inheritdoc/>
    public void Store(ReadOnlySpan<byte> key, in Record record)
    {
        BeforeWrite();
        Assume(record.Exists, "a copy of an absent record");
        Install(Encoding.Latin1.GetString(key),
            Make(key, record.Value, record.ExpireAt, record.Type, record.Encoding));
    }

    /// <summary>Forgets which keys were looked up: a command's run begins.</summary>
    internal void BeginRun() => _lookedUp.Clear();

    /// <summary>Forgets which keys are resident and frees what views may not refer to any more: a command
    /// begins.</summary>
    internal void BeginCommand()
    {
        _resident.Clear();
        foreach (nint block in _quarantine) NativeMemory.Free((void*)block);
        _quarantine.Clear();
    }

    /// <summary>Drops all keys.</summary>
    internal void Clear()
    {
        foreach (nint header in _records.Values) Retire(header);
        _records.Clear();
    }

    /// <summary>Exchanges the contents with another database.</summary>
    internal void Swap(MemoryKeyspace other)
    {
        var mine = new SortedDictionary<string, nint>(_records, StringComparer.Ordinal);
        _records.Clear();
        foreach ((string key, nint header) in other._records) _records.Add(key, header);
        other._records.Clear();
        foreach ((string key, nint header) in mine) other._records.Add(key, header);
    }

    /// <summary>The type of a key that exists.</summary>
    internal RecordType TypeOf(string key) => (RecordType)((RecordHeader*)_records[key])->Type;

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        BeginCommand();
    }

    private static void Assume(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException("The command broke its contract: " + what);
    }

    private static int Size(RecordHeader* header) =>
        RecordHeader.SizeBytes + header->KeyLength + header->ValueLength;

    private bool Expired(RecordHeader* header) =>
        header->ExpireAt != 0 && header->ExpireAt <= owner.NowMilliseconds;

    private void BeforeWrite()
    {
        Assume(!owner.Missed, "a write after a look-up that was not resident");
        owner.WritesInRun++;
    }

    private string LookedUp(ReadOnlySpan<byte> key)
    {
        string name = Encoding.Latin1.GetString(key);
        Assume(_lookedUp.Contains(name), "a change of a key that was not looked up");
        return name;
    }

    private Record Live(string name) =>
        _records.TryGetValue(name, out nint header) && !Expired((RecordHeader*)header)
            ? new Record((RecordHeader*)header)
            : default;

    private nint Make(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt, RecordType type,
        StringEncoding encoding)
    {
        if (expireAt != 0 && expireAt <= owner.NowMilliseconds) return 0;
        byte* block =
            (byte*)NativeMemory.AllocZeroed((nuint)(RecordHeader.SizeBytes + key.Length + value.Length));
        RecordHeader* header = (RecordHeader*)block;
        header->KeyLength = (ushort)key.Length;
        header->ValueLength = value.Length;
        header->ExpireAt = expireAt;
        header->Type = (byte)type;
        header->Encoding = (byte)encoding;
        header->LastAccess = (uint)(owner.NowMilliseconds / 1000);
        header->Frequency = 5;
        key.CopyTo(new Span<byte>(block + RecordHeader.SizeBytes, key.Length));
        value.CopyTo(new Span<byte>(block + RecordHeader.SizeBytes + key.Length, value.Length));
        return (nint)block;
    }

    private void Install(string name, nint fresh)
    {
        if (_records.Remove(name, out nint old)) Retire(old);
        if (fresh != 0) _records.Add(name, fresh);
        foreach (string other in _lookedUp)
        {
            if (other != name && _records.TryGetValue(other, out nint header)) _records[other] = Move(header);
        }
    }

    private nint Move(nint header)
    {
        int size = Size((RecordHeader*)header);
        byte* block = (byte*)NativeMemory.Alloc((nuint)size);
        new ReadOnlySpan<byte>((void*)header, size).CopyTo(new Span<byte>(block, size));
        Retire(header);
        return (nint)block;
    }

    // The header stays readable so that a stale view shows its poisoned value rather than faulting.
    private void Retire(nint header)
    {
        int size = Size((RecordHeader*)header);
        new Span<byte>((byte*)header + RecordHeader.SizeBytes, size - RecordHeader.SizeBytes).Fill(0xDD);
        _quarantine.Add(header);
    }
}
