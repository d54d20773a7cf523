using System.Buffers.Binary;
using Hedge.Storage.Io;
using Hedge.Storage.Logs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Replays;

/// <summary>
/// Finishes the segment writes that a killed process had no time for: the contents of the slots of its
/// stage files. Runs at start-up, before anything reads the log.
/// </summary>
/// <remarks>
/// This is done only when the machine has not booted since (the boot id is the same). After a power failure
/// the files may hold anything, and nobody was promised more. 1. Slots are taken in the order of their
/// sequence numbers, up to a spill. 2. For each slot, the open frame is closed, the last block padded, and
/// the bytes written to their place, as the killed process would have done. A slot whose bytes the log has
/// already is left out (<see cref="IsWritten"/>). 3. A segment is synced before the next one is written.
/// 4. The stage file says that it has no slots. A crash before step 4 does no harm: the next start makes the
/// writes again. A missing stage file that a ledger needs is an error.
/// </remarks>
internal static class StagedWrites
{
    /// <summary>True to write slots that the log has already, so that tests can show that they find the
    /// mistake.</summary>
    internal static bool IgnoresLog { get; set; }

    private const string Suffix = ".stage";
    private const string Hint = "to start without them, set log-load-truncated to yes";

    /// <summary>Finishes the writes of all logs. Returns how many bytes of records it wrote.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="skipsDamage">True to skip slots and files that are damaged, missing or have no
    /// segment.</param>
    /// <param name="needed">The cores whose stage files must be there.</param>
    /// <exception cref="LogException">A stage file is missing, a slot is damaged, or its segment is
    /// missing.</exception>
    /// <exception cref="DiskException">The disk failed.</exception>
    public static long Finish(IDisk disk, string dataDirectory, bool skipsDamage = false,
        IEnumerable<int>? needed = null)
    {
        string directory = SegmentNames.DirectoryOf(dataDirectory);
        if (!disk.Exists(directory)) return 0;
        if (!skipsDamage)
            foreach (int core in needed ?? []) CheckPresence(disk, directory, core);
        long bytes = 0;
        foreach (string name in disk.List(directory))
            if (name.EndsWith(Suffix, StringComparison.Ordinal))
                bytes += FinishOne(disk, directory, $"{directory}/{name}", skipsDamage);
        return bytes;
    }

    /// <summary>Frees the space of all stage files, once <see cref="Finish"/> has written their contents.
    /// The rest of each file says that nothing is staged, so that a start after a crash here does not need
    /// them.</summary>
    public static void FreeSpace(IDisk disk, string dataDirectory)
    {
        string directory = SegmentNames.DirectoryOf(dataDirectory);
        foreach (string name in disk.List(directory))
        {
            if (!name.EndsWith(Suffix, StringComparison.Ordinal)) continue;
            using DiskFile stage = disk.Open($"{directory}/{name}", DiskOpenMode.ReadWrite);
            if (disk.Length(stage) > LogStageFormat.PageBytes) disk.Truncate(stage, LogStageFormat.PageBytes);
        }
    }

    /// <summary>Deletes the stage files of cores that no longer exist.</summary>
    public static void DeleteBeyond(IDisk disk, string dataDirectory, int cores)
    {
        string directory = SegmentNames.DirectoryOf(dataDirectory);
        foreach (string name in disk.List(directory))
        {
            if (name.EndsWith(Suffix, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(0, name.Length - Suffix.Length), out int core) && core >= cores)
                disk.Delete($"{directory}/{name}");
        }
    }

    private static void CheckPresence(IDisk disk, string directory, int core)
    {
        string path = LogStageFormat.PathOf(directory, core);
        if (disk.Exists(path))
        {
            using DiskFile stage = disk.Open(path, DiskOpenMode.ReadWrite);
            if (TryReadHeader(disk, stage, new byte[LogStageFormat.PageBytes], out _, out _, out _, out _))
                return;
        }

        throw new LogException(LogProblem.MissingStage, path, 0, "the log buffers of a killed process "
            + $"are missing or damaged. They held what it logged last; {Hint}");
    }

    private static long FinishOne(IDisk disk, string directory, string path, bool skipsDamage)
    {
        try
        {
            return FinishOne(disk, directory, path);
        }
        catch (LogException) when (skipsDamage)
        {
            disk.Delete(path);
            return 0;
        }
    }

    private static long FinishOne(IDisk disk, string directory, string path)
    {
        using DiskFile stage = disk.Open(path, DiskOpenMode.ReadWrite);
        byte[] page = new byte[LogStageFormat.PageBytes];
        if (!TryReadHeader(
            disk, stage, page, out int core, out int slots, out long slotBytes, out ulong spill)) return 0;
        if (slots == 0) return 0;
        List<(StagedWrite Write, long At)> writes = [];
        for (int i = 0; i < slots; i++)
        {
            long at = LogStageFormat.SlotAt(i, slotBytes);
            if (!TryReadPage(disk, stage, at, page) || !LogStageFormat.IsSlot(page)) throw Damaged(path, at);
            ulong sequence = BinaryPrimitives.ReadUInt64LittleEndian(page.AsSpan(LogStageFormat.SequenceAt));
            if (sequence == 0 || (spill != 0 && sequence >= spill)) continue;
            if (!LogStageFormat.TryReadSlot(page, slotBytes, out StagedWrite write)) throw Damaged(path, at);
            if (write.Committed > 0) writes.Add((write, at + page.Length));
        }

        if (writes.Count > 0) SyncSegments(disk, directory, core);
        writes.Sort((left, right) => left.Write.Sequence.CompareTo(right.Write.Sequence));
        long bytes = 0;
        for (int i = 0; i < writes.Count;)
        {
            ulong number = writes[i].Write.Number;
            string segment = SegmentNames.PathOf(directory, core, number, ".log");
            if (!disk.Exists(segment))
            {
                throw new LogException(LogProblem.MissingSegment, segment, 0,
                    $"the file is missing, but {path} has records for it; {Hint}");
            }

            using DiskFile file = disk.Open(segment, DiskOpenMode.ReadWrite);
            CheckId(disk, file, core, number, writes[i].Write.Id);
            // The killed process's last direct writes may still be under way. This waits for them.
            disk.Allocate(file, disk.Length(file));
            LogSegmentFile place = new(core, number, segment);
            for (; i < writes.Count && writes[i].Write.Number == number; i++)
                if (IgnoresLog || !IsWritten(disk, directory, place, writes[i].Write))
                    bytes += Write(disk, stage, writes[i].At, writes[i].Write, file);
            disk.Sync(file);
        }

        LogStageFormat.WriteHeader(page, core, 0, slotBytes, disk.BootId);
        disk.Write(stage, 0, page);
        return bytes;
    }

    // A segment gets its first byte only when the one before it is synced, and that one may have no slot
    // any more.
    private static void SyncSegments(IDisk disk, string directory, int core)
    {
        foreach (string name in disk.List(directory))
        {
            if (!SegmentNames.TryParse(name, ".log", out int owner, out _) || owner != core) continue;
            using DiskFile file = disk.Open($"{directory}/{name}", DiskOpenMode.ReadWrite);
            disk.Sync(file);
        }
    }

    // The kernel may have lost what was stored in the mapping last, with a file system that failed and was
    // mounted again. Then a slot may be older than the log, and its padded last block would erase durable
    // frames. A log is written in order, one write at a time. So a slot has nothing to add when the frames
    // reach its end, or when any frame stands behind it, in its segment or in a later one.
    private static bool IsWritten(IDisk disk, string directory, LogSegmentFile segment, in StagedWrite write)
    {
        foreach (string name in disk.List(directory))
        {
            if (!SegmentNames.TryParse(name, ".log", out int owner, out ulong number)
                || owner != segment.Core || number <= segment.Number) continue;
            using LogSegmentReader later =
                new(disk, new LogSegmentFile(owner, number, $"{directory}/{name}"), null);
            if (later.TryRead(LogFormat.SegmentHeaderBytes, out _, out _)) return true;
        }

        using LogSegmentReader reader = new(disk, segment, null);
        long end = write.BlocksOffset + write.Lead + write.Committed;
        long next = write.BlocksOffset + write.Lead + write.First;
        while (next < end && reader.TryRead(next, out ReadOnlySpan<byte> body, out _))
            next += LogFormat.FrameHeaderBytes + body.Length;
        return (next >= end && write.First < write.Committed) || reader.Search(end).End > 0;
    }

    private static long Write(IDisk disk, DiskFile stage, long at, in StagedWrite write, DiskFile segment)
    {
        int used = (int)(write.Lead + write.Committed);
        using AlignedBuffer blocks = new(AlignedBuffer.RoundUp(used));
        if (disk.Read(stage, at, blocks.Span[..used]) < used) throw Damaged(stage.Path, at);
        Span<byte> frames = blocks.Span[write.Lead..used];
        uint seed = LogFormat.SeedOf(write.Id);
        uint tag = LogFormat.TagOf(write.Id);
        long offset = write.BlocksOffset + write.Lead;
        if (write.Frame >= 0 && write.Frame < write.Committed)
        {
            int frame = (int)write.Frame;
            if (!IsWhole(frames[frame..], seed, tag + (uint)(offset + frame), out int length)
                || frame + length != frames.Length)
                LogFormat.CloseFrame(frames[frame..], seed, tag + (uint)(offset + frame), 0);
        }

        for (int next = write.First; next < frames.Length;)
        {
            if (!IsWhole(frames[next..], seed, tag + (uint)(offset + next), out int length))
                throw Damaged(stage.Path, at + write.Lead + next);
            next += length;
        }

        disk.Write(segment, write.BlocksOffset, blocks.Span);
        return write.Committed;
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes, uint seed, uint tag, out int length)
    {
        length = 0;
        if (bytes.Length <= LogFormat.FrameHeaderBytes) return false;
        long claimed = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) + (long)LogFormat.FrameHeaderBytes;
        if (claimed > bytes.Length || claimed == LogFormat.FrameHeaderBytes) return false;
        length = (int)claimed;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) == tag
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Crc32C.Compute(bytes[4..length], seed);
    }

    private static void CheckId(IDisk disk, DiskFile file, int core, ulong number, ulong id)
    {
        Span<byte> header = stackalloc byte[LogFormat.SegmentHeaderBytes];
        int read = disk.Read(file, 0, header);
        if (LogFormat.ReadSegmentHeader(header[..read], file.Path, core, number) == id) return;
        throw new LogException(LogProblem.Corrupt, file.Path, 0,
            $"the stage file has records for another segment of this number; {Hint}");
    }

    private static bool TryReadHeader(IDisk disk, DiskFile stage, Span<byte> page, out int core,
        out int slots, out long slotBytes, out ulong spill)
    {
        (core, slots, slotBytes, spill) = (0, 0, 0, 0);
        return TryReadPage(disk, stage, 0, page) && LogStageFormat.TryReadHeader(
            page, disk.BootId, out core, out slots, out slotBytes, out spill);
    }

    private static bool TryReadPage(IDisk disk, DiskFile file, long at, Span<byte> page) =>
        disk.Read(file, at, page) == page.Length;

    private static LogException Damaged(string path, long at) => new(LogProblem.Corrupt, path, at,
        $"records of a killed process are damaged; {Hint}");
}
