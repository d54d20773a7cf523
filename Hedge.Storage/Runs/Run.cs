using System.Runtime.CompilerServices;
using Hedge.Storage.Filters;
using Hedge.Storage.Io;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;
using Hedge.Storage.Values;

namespace Hedge.Storage.Runs;

/// <summary>Is told when nothing uses a run any more that has left its partition.</summary>
internal interface IRunReaper
{
    /// <summary>Called when the run's last reference is gone and its file closed, so that the file may be
    /// deleted. The thread that gave the last reference back calls it. That may be a core's thread, so a
    /// background job must do a blocking deletion.</summary>
    void Unreferenced(RunId id, string path, long bytes);
}

/// <summary>
/// An open run file whose filter and block index are in memory. Immutable, and shared by reference count:
/// the partition's list, background jobs, cursors and reads under way each hold a reference. Any thread.
/// </summary>
internal sealed class Run
{
    private readonly RunIndex _index;
    private readonly PageBuffer _filter;
    private readonly ValueFiles? _values;
    private readonly Dictionary<ValueFileId, ValueFile> _valueFiles = [];
    private int _references = 1;
    private IRunReaper? _reaper;

    private Run(
        (DiskFile File, RunInfo Info, RunIndex Index, PageBuffer Filter, long FilterBytes) parts,
        ValueFiles? values)
    {
        _values = values;
        (File, Info, _index, _filter, long filterBytes) = parts;
        Probe = new FilterProbe(_filter, filterBytes);
        ResidentBytes = _index.ResidentBytes + _filter.Capacity;
    }

    /// <summary>The open file, for reads of whole blocks.</summary>
    public DiskFile File { get; }

    /// <summary>Counts and bounds.</summary>
    public RunInfo Info { get; }

    /// <summary>The run's name; no two runs of a process share it.</summary>
    public RunId Id => Info.Id;

    /// <summary>Bytes of native memory held by filter and index.</summary>
    public long ResidentBytes { get; }

    /// <summary>What the run's filter holds.</summary>
    public FilterLoad Filter => new(Info.FilterKeys, Probe.Bytes);

    /// <summary>Data blocks.</summary>
    public long Blocks => _index.Blocks;

    /// <summary>Opens the run at <paramref name="path"/>; the caller holds the first reference.</summary>
    /// <exception cref="DiskException">The disk failed.</exception>
    /// <exception cref="RunFormatException">The file is damaged, is another run, or has another
    /// version.</exception>
    /// <param name="disk">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="id">The run's name.</param>
    /// <param name="values">The files that its entries may refer to; null when they refer to none.</param>
    public static Run Open(IDisk disk, string path, RunId id, ValueFiles? values = null)
    {
        Run run = new(RunLoader.Load(disk, path, id), values);
        try
        {
            run.AcquireValues();
            return run;
        }
        catch
        {
            run.Release();
            throw;
        }
    }

    /// <summary>What is known to be damaged in it.</summary>
    public RunDamage Damage { get; } = new();

    /// <summary>True when the index of expiries has a damaged block.</summary>
    public bool HasDamagedExpiries
    {
        get
        {
            if (!Damage.Any) return false;
            long keys = KeyBlocks().First;
            return Damage.IsBefore(keys < Blocks ? BlockAt(keys).Offset : long.MaxValue);
        }
    }

    /// <summary>The filter; valid as long as the run is referenced.</summary>
    public FilterProbe Probe { get; }

    /// <summary>False when the key with this <see cref="KeyHash"/> is certainly not in the run.</summary>
    public bool MayContain(ulong keyHash) => Probe.MayContain(keyHash);

    /// <summary>Begins to load what <see cref="MayContain"/> reads into the processor's cache.</summary>
    public void Prefetch(ulong keyHash) => Probe.Prefetch(keyHash);

    /// <summary>True when the run's range tombstones remove a key from all older runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Removes(ReadOnlySpan<byte> internalKey) =>
        !Info.Ranges.IsEmpty && Info.Ranges.Covered.Covers(internalKey);

    /// <summary>Finds the only block that can hold <paramref name="internalKey"/>; false when it lies outside
    /// the run's bounds.</summary>
    public bool TryLocate(ReadOnlySpan<byte> internalKey, out BlockLocation block)
    {
        block = default;
        if (internalKey.SequenceCompareTo(Info.MinKey) < 0 || internalKey.SequenceCompareTo(Info.MaxKey) > 0)
            return false;
        long position = _index.Find(internalKey);
        if (position < 0) return false;
        block = _index[position];
        return true;
    }

    /// <summary>Begins to load what <see cref="TryLocate"/> reads into the processor's cache.</summary>
    public void PrefetchPlace(ReadOnlySpan<byte> internalKey) => _index.Prefetch(internalKey);

    /// <summary>The position, from 0, of the block where a scan from <paramref name="key"/> begins (the first
    /// entry not below it may stand at the next block's start); -1 when the run is empty.</summary>
    public long FindBlock(ReadOnlySpan<byte> key) => _index.Find(key);

    /// <summary>The positions of the blocks that may have keys, which stand behind the expiry index and
    /// before the nodes: from the first up to, but without, the end.</summary>
    public (long First, long End) KeyBlocks()
    {
        if (Blocks == 0) return (0, 0);
        Span<byte> key = stackalloc byte[InternalKey.PrefixBytes];
        InternalKey.Write(key, InternalKey.ExpiryKeyspace + 1, []);
        long first = Math.Max(0, FindBlock(key));
        InternalKey.Write(key, Keyspaces.NodeBit, []);
        return (first, Math.Max(first, FindBlock(key)) + 1);
    }

    /// <summary>The block at <paramref name="position"/>, counted from 0.</summary>
    public BlockLocation BlockAt(long position) => _index[position];

    /// <summary>The separator of the block at <paramref name="position"/>: no key in the block is below it,
    /// and all keys of earlier blocks are.</summary>
    public ReadOnlySpan<byte> SeparatorAt(long position) => _index.Separator(position);

    /// <summary>A value file that the run's entries refer to; open as long as the run is.</summary>
    public ValueFile ValueFile(ValueFileId id) => _valueFiles[id];

    /// <summary>True when entries refer to a value file that must be emptied.</summary>
    public bool RefersToCondemned()
    {
        foreach (ValueFile file in _valueFiles.Values)
            if (file.IsCondemned) return true;
        return false;
    }

    /// <summary>Bytes of its values in files that must be emptied.</summary>
    public long CondemnedBytes()
    {
        long bytes = 0;
        foreach (ValueFileUse use in Info.Values)
            if (_valueFiles[use.File].IsCondemned) bytes += use.Bytes;
        return bytes;
    }

    /// <summary>Takes another reference. The caller must be sure that a reference is held
    /// meanwhile.</summary>
    public void Acquire()
    {
        int references = Interlocked.Increment(ref _references);
        Invariant.Check(references > 1, "a run is used after its last reference");
    }

    /// <summary>Gives a reference back. The last one frees the memory and closes the file.</summary>
    public void Release()
    {
        int references = Interlocked.Decrement(ref _references);
        Invariant.Check(references >= 0, "a run is released once per reference");
        if (references > 0) return;
        _index.Dispose();
        _filter.Dispose();
        File.Dispose();
        ReleaseValues();
        Volatile.Read(ref _reaper)?.Unreferenced(Id, File.Path, Info.FileBytes);
    }

    /// <summary>Says that no manifest names the run any more. <paramref name="reaper"/> is told when its
    /// file may be deleted. The caller holds a reference.</summary>
    public void MarkDeleted(IRunReaper reaper) => Volatile.Write(ref _reaper, reaper);

    private void AcquireValues()
    {
        foreach (ValueFileUse use in Info.Values)
        {
            if (_values is null)
                throw new RunFormatException(File.Path, "refers to values elsewhere, which it must not");
            try
            {
                _valueFiles.Add(use.File, _values.Acquire(use));
            }
            catch (DiskException missing) when (missing.ErrorNumber == Errno.NoEntry)
            {
                throw new RunFormatException(File.Path, $"refers to {missing.Path}, which is missing");
            }
        }
    }

    private void ReleaseValues()
    {
        foreach (ValueFileUse use in Info.Values)
            if (_valueFiles.TryGetValue(use.File, out ValueFile? file)) _values!.Release(file, use.Bytes);
    }
}
