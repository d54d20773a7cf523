using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands;

/// <summary>
/// The keys of one database, as a running command sees them. The thread holds every partition of the
/// command's declared keys. A command reads all it needs before its first write: a look-up that answers false
/// has asked for the record to be read from disk, and the command must return without having written
/// anything; it is run again from its start.
/// </summary>
public interface IKeyspace
{
    /// <summary>
    /// Looks a key up. False: its record is not resident (keep looking up other keys if useful, all are
    /// fetched together, then return). True: <paramref name="record"/> is the record or its absence;
    /// an expired key is absent.
    /// </summary>
    bool TryFind(ReadOnlySpan<byte> key, out Record record);

    /// <summary>As <see cref="TryFind"/>, without counting as an access (no LRU/LFU update).</summary>
    bool TryPeek(ReadOnlySpan<byte> key, out Record record);

    /// <summary>As <see cref="TryPeek"/>, for what can be told without the value: a long one on disk is not
    /// read.</summary>
    bool TryDescribe(ReadOnlySpan<byte> key, out KeyInfo info);

    /// <summary>
    /// Looks up a key that may hold a collection. False: its record is not resident.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="type">What it must hold if it exists.</param>
    /// <param name="collection">The collection, which need not exist; null when the key holds something
    /// else.</param>
    /// <exception cref="NotSupportedException">This keyspace has strings only.</exception>
    bool TryOpen(ReadOnlySpan<byte> key, RecordType type, out OpenCollection? collection) =>
        throw new NotSupportedException();

    /// <summary>Gives back the collection opened last, so that the next one takes no more memory. What was
    /// read of it stays valid until the command's first write.</summary>
    void Close(OpenCollection collection)
    {
    }

    /// <summary>About how many bytes of memory the nodes of a collection take beside its key's record. Not an
    /// access. False: something must be read from disk first.</summary>
    /// <param name="key">The key, which exists.</param>
    /// <param name="samples">How many leaves to look at.</param>
    /// <param name="bytes">The estimate; 0 for a string.</param>
    bool TryMeasure(ReadOnlySpan<byte> key, int samples, out long bytes)
    {
        bytes = 0;
        return true;
    }

    /// <summary>
    /// Stores a value, replacing whatever the key held, its type and its expiry.
    /// Needs no look-up before (a blind write).
    /// </summary>
    /// <param name="key">The key, at most <see cref="KeyLimits.KeyBytesMax"/> bytes (checked before by the
    /// executor).</param>
    /// <param name="value">The value. May be a view of another record of the same command.</param>
    /// <param name="expireAt">Unix milliseconds; 0 for never. A time in the past removes the key.</param>
    /// <param name="encoding">How OBJECT ENCODING shows it.</param>
    void SetString(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, long expireAt = 0,
        StringEncoding encoding = StringEncoding.Derived);

    /// <summary>
    /// Overwrites a part of a string, extending it with zero bytes as needed; creates the key when absent.
    /// Keeps the expiry; the encoding becomes raw. The key must have been looked up in this run. Costs what
    /// it writes, not what the value holds (amortised), so APPEND and SETBIT on large values are cheap. A
    /// WATCH of the key fails at EXEC only when it <paramref name="touches"/>.
    /// </summary>
    void WriteRange(ReadOnlySpan<byte> key, long offset, ReadOnlySpan<byte> bytes, bool touches = true);

    /// <summary>Refuses a value that is too long to be written in so many pieces; before the first
    /// one.</summary>
    void CheckPieces(ReadOnlySpan<byte> key, long valueBytes, long pieces)
    {
    }

    /// <summary>Says that the command will write so many bytes more; a hint, given after its first
    /// write.</summary>
    void ExpectWrites(long bytes)
    {
    }

    /// <summary>Removes a key that a look-up in this run has found.</summary>
    void Remove(ReadOnlySpan<byte> key);

    /// <summary>Sets (Unix milliseconds) or clears (0) the expiry of a key that a look-up in this run has
    /// found. A time in the past removes the key.</summary>
    void SetExpiry(ReadOnlySpan<byte> key, long expireAt);

    /// <summary>
    /// Sets when a key that this command has written was last used (RESTORE … IDLETIME): seconds of Unix time
    /// modulo 2^32. A hint: a keyspace may ignore it.
    /// </summary>
    void SetLastAccess(ReadOnlySpan<byte> key, uint seconds)
    {
    }

    /// <summary>Sets how often a key that this command has written counts as used (RESTORE … FREQ): the
    /// logarithmic counter. A hint: a keyspace may ignore it.</summary>
    void SetFrequency(ReadOnlySpan<byte> key, byte frequency)
    {
    }

    /// <summary>
    /// Stores a copy of the record under another key: value, type, encoding, and expiry. Of a collection with
    /// nodes the record is not all: <see cref="Copy"/>.
    /// </summary>
    void Store(ReadOnlySpan<byte> key, in Record record);

    /// <summary>Reads all that a copy of a key needs. False when some of it is not resident.</summary>
    bool TryPrepareCopy(ReadOnlySpan<byte> key) => true;

    /// <summary>Stores a copy of what a key holds, which is prepared, under another key, maybe of another
    /// database.</summary>
    void Copy(ReadOnlySpan<byte> key, IKeyspace targets, ReadOnlySpan<byte> target)
    {
        TryPeek(key, out Record record);
        targets.Store(target, record);
    }

    /// <summary>Reads all that giving a key another name needs. False when some of it is not
    /// resident.</summary>
    bool TryPrepareRename(ReadOnlySpan<byte> key, ReadOnlySpan<byte> target) => true;

    /// <summary>Gives a key, for which that is prepared, another name.</summary>
    void Rename(ReadOnlySpan<byte> key, ReadOnlySpan<byte> target)
    {
        Copy(key, this, target);
        Remove(key);
    }
}
