using Hedge.Storage.Cores;
using Hedge.Storage.Keys;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;

namespace Hedge.Storage.Partitions;

/// <summary>
/// Writes to any keys of any partitions that become one log record, hence are there all or none after a
/// crash: gathered here, done by <see cref="Commit"/>. For code that embeds the engine; the server's
/// commands and transactions do the same by their calls to <see cref="Partition"/> and <see
/// cref="CoreStorage.EndCommand"/>. Used on the core's thread; may be used again and again.
/// </summary>
/// <param name="core">The core whose log takes the record.</param>
public sealed class WriteBatch(CoreStorage core)
{
    /// <summary>Bytes of keys and values that a batch may have: what one log record holds, with room for its
    /// own.</summary>
    public const long BytesMax = LogFormat.RecordBytesMax / 2;

    // What an operation takes in the record beside its key and value, at most.
    private const int OperationBytes = 64;

    private readonly List<Operation> _operations = [];
    private byte[] _bytes = [];
    private int _used;

    private enum Kind : byte
    {
        Put,
        Remove,
        RemoveRange,
    }

    /// <summary>Number of operations gathered.</summary>
    public int Count => _operations.Count;

    /// <summary>Will store a string; <paramref name="expireAt"/> in Unix milliseconds, 0 for never. Copies
    /// what it is given.</summary>
    /// <exception cref="InvalidOperationException">The batch would be too long.</exception>
    public void Put(Partition partition, int database, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value,
        long expireAt = 0) => Add(Kind.Put, partition, database, key, value, expireAt);

    /// <summary>Will remove a key, whether it exists or not.</summary>
    /// <exception cref="InvalidOperationException">The batch would be too long.</exception>
    public void Remove(Partition partition, int database, ReadOnlySpan<byte> key) =>
        Add(Kind.Remove, partition, database, key, default, 0);

    /// <summary>Will remove a partition's keys from one up to, but without, another (empty for the
    /// end).</summary>
    /// <exception cref="InvalidOperationException">The batch would be too long.</exception>
    public void RemoveRange(Partition partition, int database, ReadOnlySpan<byte> from,
        ReadOnlySpan<byte> to) => Add(Kind.RemoveRange, partition, database, from, to, 0);

    /// <summary>
    /// Does all that was gathered, in order, as one command. The caller holds every partition concerned, and
    /// no other command has begun on the core.
    /// </summary>
    /// <returns>Where the log ends then: durable when <see cref="LogWriter.Synced"/> has reached
    /// it.</returns>
    public LogPosition Commit()
    {
        core.EndCommand();
        foreach (Operation operation in _operations)
        {
            Partition partition = operation.Partition;
            ReadOnlySpan<byte> key = _bytes.AsSpan(operation.At, operation.KeyLength);
            ReadOnlySpan<byte> value = _bytes.AsSpan(operation.At + key.Length, operation.ValueLength);
            int database = operation.Database;
            if (operation.Kind == Kind.RemoveRange) partition.RemoveRange(core, database, key, value);
            else if (operation.Kind == Kind.Remove)
                partition.Remove(core, database, key, partition.Hash(database, key));
            else
            {
                partition.Put(core, database, key, partition.Hash(database, key), RecordType.String,
                    StringEncoding.Derived, value, operation.ExpireAt);
            }
        }

        Clear();
        return core.EndCommand();
    }

    /// <summary>Forgets what was gathered.</summary>
    public void Clear()
    {
        _operations.Clear();
        _used = 0;
    }

    private void Add(Kind kind, Partition partition, int database, ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value, long expireAt)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, KeyLimits.KeyBytesMax + 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, KeyLimits.ValueBytesMax);
        long needed = _used + (long)key.Length + value.Length;
        if (needed + ((_operations.Count + 1L) * OperationBytes) > BytesMax)
            throw new InvalidOperationException($"a batch has at most {BytesMax} bytes");
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(BytesMax, Math.Max(needed, 2L * _bytes.Length)));
        key.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(_used + key.Length));
        _operations.Add(new Operation(kind, partition, database, _used, key.Length, value.Length, expireAt));
        _used = (int)needed;
    }

    private readonly record struct Operation(Kind Kind, Partition Partition, int Database, int At,
        int KeyLength, int ValueLength, long ExpireAt);
}
