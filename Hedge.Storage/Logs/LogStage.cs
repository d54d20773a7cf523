using System.Runtime.CompilerServices;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// The memory of a core's log buffers as a shared mapping of the file <c>log/core.stage</c>, so that a kill
/// of the process loses no record that was committed: the next start finishes the writes. Costs one store per
/// record.
/// </summary>
/// <remarks>
/// 1. When a buffer in a slot is begun, the slot says which place of which segment it is for. Its sequence
///    number comes last; from then on the slot is used.
/// 2. Each commit moves the slot's committed length, after the record's bytes and before anything that the
///    record makes visible. Stores of one thread, and of other threads that have seen them, reach the page
///    cache in that order, wherever the process is killed.
/// 3. When the segment has the bytes, the slot becomes free: its sequence number becomes 0.
/// 4. A buffer without a slot (all are used, or a record is too long for one) is *spilled*: the header says
///    from which sequence number on slots are invalid, since bytes before theirs may be missing. What such
///    records make visible waits until they are written, and the mark is removed before that.
/// </remarks>
internal sealed unsafe class LogStage : IDisposable
{
    private const int FillBytes = 1 << 20;

    // SAFETY: the mapping has BytesOf(slots, slotBytes) bytes until Dispose, which comes after the last use
    // of the buffers.
    private readonly SharedMapping _mapping;
    private readonly long _slotBytes;
    private ulong _sequence;

    private LogStage(SharedMapping mapping, int core, int slots, long slotBytes, UInt128 boot)
    {
        _mapping = mapping;
        _slotBytes = slotBytes;
        Slots = slots;
        for (int i = 0; i < slots; i++)
        {
            Volatile.Write(ref Unsafe.AsRef<ulong>(PageOf(i)), 0);
            LogStageFormat.WriteFreeSlot(new Span<byte>(PageOf(i), LogStageFormat.PageBytes));
        }

        LogStageFormat.WriteHeader(
            new Span<byte>(mapping.Pointer, LogStageFormat.PageBytes), core, slots, slotBytes, boot);
    }

    /// <summary>The number of slots.</summary>
    public int Slots { get; }

    /// <summary>Bytes of the file.</summary>
    public long Bytes => LogStageFormat.BytesOf(Slots, _slotBytes);

    /// <summary>Bytes of a slot.</summary>
    public long SlotBytes => _slotBytes;

    /// <summary>Makes a core's stage of at most about so many bytes. Returns null when the system allows
    /// none;
    /// <paramref name="problem"/> says why. Deletes what the file held before.</summary>
    public static LogStage? TryOpen(IDisk disk, string dataDirectory, int core, LogSettings settings,
        long bytesMax, out string? problem)
    {
        problem = null;
        if (settings.StageSlots == 0) return null;
        string path = LogStageFormat.PathOf(SegmentNames.DirectoryOf(dataDirectory), core);
        if (disk.BootId == 0)
        {
            problem = "the system does not tell its boot id";
            return null;
        }

        try
        {
            long slotBytes = settings.SlotBytes(bytesMax);
            long bytes = LogStageFormat.BytesOf(settings.StageSlots, slotBytes);
            using DiskFile file = OpenFilled(disk, path, bytes);
            if (disk.MapShared(file, bytes) is { } mapping)
                return new LogStage(mapping, core, settings.StageSlots, slotBytes, disk.BootId);
            problem = $"the file system of {path} cannot map files";
        }
        catch (DiskException failure)
        {
            problem = failure.Message;
        }

        return null;
    }

    /// <summary>The next buffer's sequence number.</summary>
    public ulong NextSequence() => ++_sequence;

    /// <summary>A slot's header.</summary>
    public byte* PageOf(int slot) => _mapping.Pointer + LogStageFormat.SlotAt(slot, _slotBytes);

    /// <summary>Slots from this sequence number on depend on bytes that are in no slot.</summary>
    public void Spill(ulong sequence)
    {
        if (SpillMark == 0) Volatile.Write(ref SpillMark, sequence);
    }

    /// <summary>All that was spilled is written.</summary>
    public void EndSpill()
    {
        if (SpillMark != 0) Volatile.Write(ref SpillMark, 0);
    }

    public void Dispose() => _mapping.Dispose();

    private ref ulong SpillMark => ref Unsafe.AsRef<ulong>(_mapping.Pointer + LogStageFormat.SpillAt);

    // The file is filled with zeros once so that its blocks are allocated: a store into the mapping must
    // not need space.
    private static DiskFile OpenFilled(IDisk disk, string path, long bytes)
    {
        if (disk.Exists(path))
        {
            DiskFile found = disk.Open(path, DiskOpenMode.ReadWrite);
            if (disk.Length(found) == bytes)
            {
                try
                {
                    disk.Allocate(found, bytes);
                    return found;
                }
                catch
                {
                    found.Dispose();
                    throw;
                }
            }

            found.Dispose();
            disk.Delete(path);
        }

        DiskFile file = disk.Open(path, DiskOpenMode.Create);
        try
        {
            using AlignedBuffer zeros = new((int)Math.Min(FillBytes, bytes));
            for (long at = 0; at < bytes; at += zeros.Length)
                disk.Write(file, at, zeros.Span[..(int)Math.Min(zeros.Length, bytes - at)]);
            return file;
        }
        catch
        {
            file.Dispose();
            // Half a stage is of no use, and something else may need the space.
            disk.Delete(path);
            throw;
        }
    }
}
