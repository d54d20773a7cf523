using System.Buffers.Binary;
using System.Globalization;
using Hedge.Storage.Collections;
using Hedge.Storage.Filters;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Storage.Values;

namespace Hedge.Storage.Checks;

/// <summary>Checks a run file as it stands: every block, every entry, and what index, filter and properties
/// say of them (<c>docs/formats/run.md</c>).</summary>
/// <remarks>
/// 1. <see cref="RunLoader"/> verifies everything but the blocks. If it refuses the file, nothing else of it
///    can be trusted.
/// 2. Each block is read in the order of the file. A damaged one is reported with the keys that the index
///    says it had; the others are checked all the same.
/// 3. What was counted is compared with the properties, unless blocks are damaged.
/// </remarks>
internal sealed class RunCheck(CheckContext context, ReferencedValues values) : IDisposable
{
    private const int ReadBytes = 1024 * 1024;

    // The entries of the expiry index that are remembered, to see that none is missing.
    private const int ExpiriesMax = 1 << 20;

    private readonly PageBuffer _buffer = new(ReadBytes);
    private readonly BlockOpener _opener = new();
    private readonly HashSet<ulong> _expiries = [];
    private long _bufferOffset;
    private int _bufferBytes;

    /// <summary>Checks a run.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="id">Its name.</param>
    /// <param name="databases">Each database's keyspace, for the names of keys.</param>
    /// <param name="horizon">Nothing is said of expiries up to this time: merges drop those that have been
    /// acted upon from the index.</param>
    /// <returns>What is known about the run; null when the file cannot be used at all.</returns>
    public RunInfo? Check(string path, RunId id, ReadOnlySpan<uint> databases, long horizon)
    {
        try
        {
            (DiskFile file, RunInfo info, RunIndex index, PageBuffer filter, long filterBytes) =
                RunLoader.Load(context.Disk, path, id);
            using (file)
            using (index)
            using (filter)
            {
                context.Figures.Runs++;
                RunTally tally = new(info, path, databases.ToArray(), context);
                bool isWhole = CheckBlocks(file, index, new FilterProbe(filter, filterBytes), tally, horizon);
                if (isWhole) tally.Compare();
            }

            return info;
        }
        catch (IOException problem) when (problem is RunFormatException or DiskException)
        {
            context.Tell(new CheckFinding(true, path, problem.Message + "; none of its entries can be read")
            {
                Partition = (int)id.Partition,
            });
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _buffer.Dispose();
        _opener.Dispose();
    }

    private bool CheckBlocks(DiskFile file, RunIndex index, FilterProbe filter, RunTally tally, long horizon)
    {
        bool isWhole = true;
        _bufferBytes = 0;
        _expiries.Clear();
        BlockWalker walker = new();
        byte[] last = [];
        for (long number = 0; number < index.Blocks; number++)
        {
            BlockLocation location = index[number];
            context.Figures.Blocks++;
            context.Passed("bytes of runs checked", location.Length);
            string? problem = Open(file, tally.Info.Id, location, index, out ReadOnlySpan<byte> block);
            try
            {
                problem ??= CheckBlock(block, index, number, filter, tally, walker, ref last, horizon);
            }
            catch (Exception fault) when (fault is IndexOutOfRangeException or ArgumentOutOfRangeException)
            {
                problem = "its checksum is right, but its entries are malformed";
            }

            if (problem is null) continue;
            isWhole = false;
            ReadOnlySpan<byte> end = number + 1 < index.Blocks ? index.Separator(number + 1)
                : tally.Info.MaxKey;
            tally.Damage(location.Offset, $"block {number}: {problem}", index.Separator(number), end);
        }

        return isWhole;
    }

    private string? Open(DiskFile file, RunId id, BlockLocation location, RunIndex index,
        out ReadOnlySpan<byte> block)
    {
        block = default;
        bool isBuffered = location.Offset >= _bufferOffset
            && location.Offset + location.Length <= _bufferOffset + _bufferBytes;
        if (!isBuffered)
        {
            _bufferBytes = 0;
            _buffer.EnsureCapacity(location.Length, 0);
            BlockLocation last = index[index.Blocks - 1];
            int wanted = (int)Math.Min(
                Math.Max(ReadBytes, location.Length), last.Offset + last.Length - location.Offset);
            try
            {
                _bufferBytes = context.Disk.Read(file, location.Offset, _buffer.Slice(0, wanted));
            }
            catch (DiskException failure) when (wanted > location.Length)
            {
                // Somewhere in the window the disk cannot read: block by block, the others are found.
                _ = failure;
            }

            _bufferOffset = location.Offset;
            try
            {
                if (_bufferBytes < location.Length)
                {
                    _bufferBytes = context.Disk.Read(
                        file, location.Offset, _buffer.Slice(0, location.Length));
                }
            }
            catch (DiskException failure)
            {
                return failure.Message;
            }

            if (_bufferBytes < location.Length) return "the file ends before it";
        }

        ReadOnlySpan<byte> unit = _buffer.Slice(location.Offset - _bufferOffset, location.Length);
        if (!_opener.TryOpen(unit, id, location.Offset, out bool isUnpacked))
            return "it is not as it was written";
        block = isUnpacked ? _opener.Unpacked : unit;
        return null;
    }

    private string? CheckBlock(ReadOnlySpan<byte> block, RunIndex index, long number, FilterProbe filter,
        RunTally tally, BlockWalker walker, ref byte[] last, long horizon)
    {
        tally.BlockBytes += block.Length;
        int end = BlockReader.EntriesEnd(block);
        uint restarts = BinaryPrimitives.ReadUInt32LittleEndian(block[4..]);
        long tableAt = block.Length - RunFormat.SealBytes - (restarts * (long)sizeof(uint));
        if (end < RunFormat.BlockHeaderBytes || restarts == 0 || tableAt < end)
            return "its restart table does not fit";
        walker.Reset();
        int entries = 0;
        int at = RunFormat.BlockHeaderBytes;
        for (; walker.Next(block); entries++)
        {
            RunEntry entry = walker.Entry(block);
            EntryHeader header = EntryCodec.Read(block, at);
            if (header.End > end) return "an entry reaches beyond it";
            if (entries % RunFormat.RestartInterval == 0)
            {
                int restart = entries / RunFormat.RestartInterval;
                if (restart >= restarts || header.Shared != 0
                    || BinaryPrimitives.ReadUInt32LittleEndian(
                        block[(int)(tableAt + (restart * sizeof(uint)))..]) != at)
                {
                    return "a restart point is wrong";
                }
            }

            at = header.End;
            if (EntryProblem(entry) is { } problem) return problem;
            ReadOnlySpan<byte> key = entry.Key;
            bool isFirst = entries == 0 && number == 0;
            if (!isFirst && key.SequenceCompareTo(last) <= 0) return "its keys are not in order";
            if (entries == 0 && key.SequenceCompareTo(index.Separator(number)) < 0)
                return "its first key is before what the index says";
            if (entries == 0 && !isFirst && index.Separator(number).SequenceCompareTo(last) <= 0)
                return "the index has a separator that is not after the block before";
            tally.Add(entry);
            CheckExpiry(entry, horizon, tally);
            if (InternalKey.Keyspace(key) != InternalKey.ExpiryKeyspace
                && !filter.MayContain(InternalKey.Hash(key)))
            {
                tally.Damage(-1, "the filter does not know a key that is there, so look-ups do not find it",
                    key, default);
            }

            if (entry.IsReference) CheckValue(ValueReference.Read(entry.Value), key, tally);
            last = Remember(last, key);
        }

        bool isFull = entries > 0 && restarts == ((entries - 1) / RunFormat.RestartInterval) + 1;
        return isFull ? null : "the number of its restart points is wrong";
    }

    private static string? EntryProblem(in RunEntry entry)
    {
        if (entry.Key.Length is < InternalKey.PrefixBytes or > InternalKey.BytesMax)
            return "a key's length is not legal";
        bool isIndex = InternalKey.Keyspace(entry.Key) == InternalKey.ExpiryKeyspace;
        if (isIndex && entry.Key.Length < InternalKey.ExpiryPrefixBytes)
            return "a key of the expiry index is too short";
        if (entry.Kind == RunEntryKind.Tombstone && !entry.Value.IsEmpty) return "a tombstone has a value";
        if (entry.IsReference && entry.Value.Length != ValueReference.SizeBytes)
            return "a reference's length is wrong";
        return entry.ExpireAt < 0 ? "a time of expiry is negative" : null;
    }

    // A walk of the walker's key is a span over its array, which changes.
    private static byte[] Remember(byte[] last, ReadOnlySpan<byte> key)
    {
        if (last.Length != key.Length) return key.ToArray();
        key.CopyTo(last);
        return last;
    }

    private void CheckValue(ValueReference reference, ReadOnlySpan<byte> key, RunTally tally)
    {
        context.Figures.Values++;
        if (values.Problem(reference) is not { } problem) return;
        string path = values.PathOf(reference.File) ?? values.UsualPath(reference.File);
        tally.Damage(path, reference.Offset, string.Create(CultureInfo.InvariantCulture,
            $"a value of {reference.Length} bytes cannot be read: {problem}"), key, default);
    }

    // Every time that a record expires at stands in the index of its run, unless it has been acted upon.
    private void CheckExpiry(in RunEntry entry, long horizon, RunTally tally)
    {
        uint keyspace = InternalKey.Keyspace(entry.Key);
        Span<byte> time = stackalloc byte[sizeof(long)];
        if (keyspace == InternalKey.ExpiryKeyspace)
        {
            if (_expiries.Count < ExpiriesMax) _expiries.Add(KeyHash.Compute(1UL, entry.Key));
            return;
        }

        if (entry.Kind == RunEntryKind.Tombstone || _expiries.Count >= ExpiriesMax) return;
        long earliest = entry.Type == (byte)RecordType.Hash && !entry.IsReference && entry.Value.Length > 0
            ? RootFormat.Earliest(entry.Value) : 0;
        long due = entry.ExpireAt == 0 || (earliest != 0 && earliest < entry.ExpireAt)
            ? earliest : entry.ExpireAt;
        if (due == 0 || due <= horizon) return;
        byte[] key = new byte[InternalKey.ExpiryPrefixBytes + entry.Key.Length];
        int length = InternalKey.WriteExpiry(key, due, keyspace, InternalKey.UserKey(entry.Key));
        if (_expiries.Contains(KeyHash.Compute(1UL, key.AsSpan(0, length)))) return;
        tally.Damage(-1, "the run's index of expiries does not have a key that expires", entry.Key, default);
    }
}
