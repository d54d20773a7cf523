using System.Buffers.Binary;
using System.Globalization;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// One core's ledger: the file <c>LOG-core</c> in the data directory's root, which says what of the core's
/// log must exist. It lies apart from the log, in two copies. So when a file vanishes, is cut short or is
/// zeroed, the others show it.
/// </summary>
/// <remarks>
/// <code>
/// ledger := slot slot                                            the same twice, little-endian
/// slot   := "HEDGELED" version:u32 core:u32 directory:16 counter:u64 first:u64 last:u64 segment:u64
///           synced:u64 closed:u32 partitions:u32 staged:16 highest:u64{partitions} zero* crc:u32
/// </code> A slot is a multiple of 4096 bytes long; the checksum covers all bytes before it. A write has
/// four steps: (1) write one slot with the next counter; if only one slot is known to be whole, write the
/// other one; (2) sync; (3) write the same to the other slot; (4) sync. A crash leaves at least one whole
/// slot. What depends on a state (the deletion of a segment) is done after step 4 only. Between writes
/// either slot alone says everything. The file is written in place, so it never needs space.
/// </remarks>
internal sealed class LogLedger : IDisposable
{
    private const uint Version = 1;
    private const ulong Magic = 0x44454C4547444548; // "HEDGELED"
    private const int FixedBytes = 96;
    private const int SumBytes = 4;
    private readonly IDisk _disk;
    private DiskFile _file;
    private readonly LedgerIdentity _identity;
    private ulong _counter;
    private int _nextSlot;

    private LogLedger(
        IDisk disk, DiskFile file, LedgerIdentity identity,
        (ulong Counter, LedgerState State, int Slot, bool AreBothWhole) last)
    {
        _disk = disk;
        _file = file;
        _identity = identity;
        (_counter, State, int slot, AreBothWhole) = last;
        _nextSlot = 1 - slot;
    }

    /// <summary>True when both copies were whole and the same when it was opened.</summary>
    public bool AreBothWhole { get; }

    /// <summary>The state that was written last.</summary>
    public LedgerState State { get; private set; }

    /// <summary>The path of a core's ledger.</summary>
    public static string PathOf(string dataDirectory, int core) =>
        string.Create(CultureInfo.InvariantCulture, $"{dataDirectory}/LOG-{core:D2}");

    /// <summary>Opens a ledger.</summary>
    /// <exception cref="LogException">The ledger is missing, is damaged, belongs to another core or
    /// directory, or has another version.</exception>
    public static LogLedger Open(IDisk disk, string dataDirectory, LedgerIdentity identity)
    {
        string path = PathOf(dataDirectory, identity.Core);
        if (!disk.Exists(path))
            throw new LogException(LogProblem.MissingLedger, path, 0, "the core's ledger is missing");
        DiskFile file = disk.Open(path, DiskOpenMode.ReadWrite);
        try
        {
            byte[] bytes = new byte[2 * SlotBytes(identity)];
            int length = ReadAll(disk, file, bytes);
            return new LogLedger(disk, file, identity, Newest(bytes.AsSpan(0, length), path, identity));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whose ledger a file says to be; null when neither copy is whole.</summary>
    public static LedgerIdentity? IdentityIn(IDisk disk, string path)
    {
        using DiskFile file = disk.Open(path, DiskOpenMode.Read);
        byte[] bytes = new byte[disk.Length(file)];
        ReadOnlySpan<byte> whole = bytes.AsSpan(0, ReadAll(disk, file, bytes));
        int length = whole.Length / 2;
        for (int at = 0; length > FixedBytes && at + length <= whole.Length; at += length)
        {
            ReadOnlySpan<byte> slot = whole.Slice(at, length);
            if (BinaryPrimitives.ReadUInt64LittleEndian(slot) != Magic
                || BinaryPrimitives.ReadUInt32LittleEndian(slot[^SumBytes..])
                != Crc32C.Compute(slot[..^SumBytes])) continue;
            return new LedgerIdentity(BinaryPrimitives.ReadUInt128LittleEndian(slot[16..]),
                BinaryPrimitives.ReadInt32LittleEndian(slot[12..]),
                BinaryPrimitives.ReadInt32LittleEndian(slot[76..]));
        }

        return null;
    }

    /// <summary>Makes a ledger say that nothing of the core's log is needed; durable when it returns. Makes
    /// a new file when the ledger is missing or damaged.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="identity">The core and directory that it belongs to.</param>
    /// <param name="next">The first number of a segment that will be needed.</param>
    public static void Reset(IDisk disk, string dataDirectory, LedgerIdentity identity, ulong next)
    {
        LedgerState empty = new()
        {
            First = next,
            Last = next - 1,
            Highest = new ulong[identity.Partitions],
        };
        try
        {
            using LogLedger ledger = Open(disk, dataDirectory, identity);
            ledger.Write(empty);
            return;
        }
        catch (LogException)
        {
            // If the ledger was needed, recovery has already said what is wrong with it.
        }

        string path = PathOf(dataDirectory, identity.Core);
        string fresh = path + ".new";
        if (disk.Exists(fresh)) disk.Delete(fresh);
        using (DiskFile file = disk.Open(fresh, DiskOpenMode.Create))
        using (LogLedger ledger = new(disk, file, identity, (0, empty, 1, true))) ledger.Write(empty);
        disk.Rename(fresh, path);
        disk.SyncDirectory(dataDirectory);
    }

    /// <summary>Writes a new state, which is durable when it returns. The caller has made true what the
    /// state says.</summary>
    /// <exception cref="DiskException">The disk failed. It holds the old state or the new one.</exception>
    public void Write(LedgerState state)
    {
        int bytes = SlotBytes(_identity);
        Span<byte> slot = new byte[bytes];
        Encode(slot, _identity, ++_counter, state);
        for (int i = 0; i < 2; i++)
        {
            _disk.Write(_file, (long)_nextSlot * bytes, slot);
            _disk.Sync(_file);
            _nextSlot = 1 - _nextSlot;
        }

        State = state;
    }

    /// <summary>Makes a new file with the present state, after somebody has removed the file.</summary>
    /// <exception cref="DiskException">The disk failed. The removed file stays open.</exception>
    public void Restore(string dataDirectory)
    {
        string path = PathOf(dataDirectory, _identity.Core);
        string fresh = path + ".new";
        if (_disk.Exists(fresh)) _disk.Delete(fresh);
        DiskFile removed = _file;
        _file = _disk.Open(fresh, DiskOpenMode.Create);
        try
        {
            Write(State);
            _disk.Rename(fresh, path);
            _disk.SyncDirectory(dataDirectory);
            removed.Dispose();
        }
        catch
        {
            _file.Dispose();
            _file = removed;
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static int SlotBytes(LedgerIdentity identity)
    {
        int bytes = FixedBytes + (identity.Partitions * sizeof(ulong)) + SumBytes;
        return (bytes + AlignedBuffer.Alignment - 1) & -AlignedBuffer.Alignment;
    }

    private static int ReadAll(IDisk disk, DiskFile file, Span<byte> target)
    {
        int read = 0;
        while (read < target.Length)
        {
            int got = disk.Read(file, read, target[read..]);
            if (got == 0) break;
            read += got;
        }

        return read;
    }

    private static void Encode(Span<byte> slot, LedgerIdentity identity, ulong counter, LedgerState state)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(slot, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(slot[12..], identity.Core);
        BinaryPrimitives.WriteUInt128LittleEndian(slot[16..], identity.Directory);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[32..], counter);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[40..], state.First);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[48..], state.Last);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[56..], state.Segment);
        BinaryPrimitives.WriteInt64LittleEndian(slot[64..], state.Synced);
        BinaryPrimitives.WriteInt32LittleEndian(slot[72..], state.IsClosed ? 1 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(slot[76..], identity.Partitions);
        BinaryPrimitives.WriteUInt128LittleEndian(slot[80..], state.StagedIn);
        for (int i = 0; i < identity.Partitions; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(slot[(FixedBytes + (i * 8))..], state.Highest[i]);
        BinaryPrimitives.WriteUInt32LittleEndian(slot[^SumBytes..], Crc32C.Compute(slot[..^SumBytes]));
    }

    private static (ulong Counter, LedgerState State, int Slot, bool AreBothWhole) Newest(
        ReadOnlySpan<byte> bytes, string path, LedgerIdentity identity)
    {
        (ulong Counter, LedgerState State, int Slot, bool AreBothWhole)? newest = null;
        int length = SlotBytes(identity);
        bool areSame = bytes.Length == 2 * length && bytes[..length].SequenceEqual(bytes[length..]);
        for (int at = 0; at + length <= bytes.Length; at += length)
        {
            if (Decode(bytes.Slice(at, length), path, identity) is not { } slot) continue;
            if (newest is null || slot.Counter > newest.Value.Counter)
                newest = (slot.Counter, slot.State, at / length, areSame);
        }

        return newest ?? throw new LogException(
            LogProblem.Corrupt, path, 0, "the core's ledger is damaged: neither copy matches its checksum");
    }

    private static (ulong Counter, LedgerState State)? Decode(
        ReadOnlySpan<byte> slot, string path, LedgerIdentity identity)
    {
        uint sum = BinaryPrimitives.ReadUInt32LittleEndian(slot[^SumBytes..]);
        if (BinaryPrimitives.ReadUInt64LittleEndian(slot) != Magic) return null;
        if (sum != Crc32C.Compute(slot[..^SumBytes])) return null;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(slot[8..]);
        if (version != Version)
        {
            throw new LogException(LogProblem.UnknownVersion, path, 8,
                $"ledger format version {version}; this build reads {Version}");
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(slot[12..]) != identity.Core
            || BinaryPrimitives.ReadUInt128LittleEndian(slot[16..]) != identity.Directory
            || BinaryPrimitives.ReadInt32LittleEndian(slot[76..]) != identity.Partitions)
        {
            throw new LogException(
                LogProblem.Corrupt, path, 12, "the ledger belongs to another core or directory");
        }

        ulong[] highest = new ulong[identity.Partitions];
        for (int i = 0; i < highest.Length; i++)
            highest[i] = BinaryPrimitives.ReadUInt64LittleEndian(slot[(FixedBytes + (i * 8))..]);
        return (BinaryPrimitives.ReadUInt64LittleEndian(slot[32..]), new LedgerState
        {
            First = BinaryPrimitives.ReadUInt64LittleEndian(slot[40..]),
            Last = BinaryPrimitives.ReadUInt64LittleEndian(slot[48..]),
            Segment = BinaryPrimitives.ReadUInt64LittleEndian(slot[56..]),
            Synced = BinaryPrimitives.ReadInt64LittleEndian(slot[64..]),
            IsClosed = BinaryPrimitives.ReadInt32LittleEndian(slot[72..]) != 0,
            StagedIn = BinaryPrimitives.ReadUInt128LittleEndian(slot[80..]),
            Highest = highest,
        });
    }
}
