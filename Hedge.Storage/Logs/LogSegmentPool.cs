using System.Collections.Concurrent;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// Prepares one core's next segment ahead of time and takes obsolete ones back. The core's background
/// thread (or the simulation) calls <see cref="Step"/>. The core itself only takes and returns segments,
/// and never blocks.
/// </summary>
/// <remarks>
/// Preparing: (1) a spare file is renamed, or a new one created, as <c>core-number.new</c>; (2) its space
/// is allocated and, when new and <see cref="Zeroes"/>, filled with zeros, some per step; (3) its header is
/// written; (4) file synced; (5) renamed to <c>core-number.log</c>; (6) directory synced; (7) the ledger
/// says that it must exist. Only then may records go in. All writes use direct I/O where the file system
/// has it. Retiring: (1) the ledger says that it is not needed; (2) the file is renamed to <c>.old</c> or
/// deleted; when runs refer to values in it, it is cut to its end and renamed to <c>.val</c>; (3) directory
/// synced. Segments retire one by one, oldest first, when the archive has them, if there is one (<see
/// cref="LogArchive"/>). While little is logged (<see cref="SetPace"/>) no spare is kept, and the next
/// segment is short or cut short.
/// </remarks>
public sealed class LogSegmentPool
{
    private const int ZeroWriteBytes = 1 << 20;
    private const int ZeroStepBytes = 4 << 20;
    private const int ShortDivisor = 8;
    private const int CalmDivisor = 8;
    private const long ShortBytesMin = 2 * AlignedBuffer.Alignment;
    private const long ShortBytesMax = 8 << 20;
    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly int _core;
    private readonly int _partitions;
    private readonly ulong _idBase;
    private readonly ValueFiles? _values;
    private readonly ConcurrentQueue<LogSegment> _ready = new();
    private readonly RetiringSegments _retiring;
    private readonly LogSpares _spares;
    private readonly long _segmentBytes;
    private DiskOpenMode _mode = DiskOpenMode.ReadWriteDirect;
    private LogSegment? _prepared;
    private DiskFile? _fresh;
    private AlignedBuffer? _zeros;
    private long _zeroedTo;
    private long _nextBytes;
    private volatile bool _isWanted;
    private volatile bool _zeroes;
    private ulong _nextNumber;
    private int _lastErrno;
    private long _zeroedBytes;
    private long _readyBytes;
    private volatile bool _isCalm;
    private long _segmentBytesMax = long.MaxValue & -AlignedBuffer.Alignment;

    /// <summary>
    /// Creates the pool of <paramref name="core"/>'s log in a data directory with an existing log directory.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="seed">Gives the segments' unique ids; used by the constructor only.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="core">The log's core.</param>
    /// <param name="firstNumber">The first segment's number.</param>
    /// <param name="partitions">The number of partitions of the server.</param>
    /// <param name="settings">Sizes and bounds.</param>
    public LogSegmentPool(
        IDisk disk, ISeed seed, string dataDirectory, int core, ulong firstNumber, int partitions,
        LogSettings settings)
        : this(disk, seed, dataDirectory, core, firstNumber, partitions, settings, null, null)
    {
    }

    internal LogSegmentPool(
        IDisk disk, ISeed seed, string dataDirectory, int core, ulong firstNumber, int partitions,
        LogSettings settings, ValueFiles? values, LogLedger? ledger)
    {
        _disk = disk;
        _values = values;
        Ledger = new LedgerUpdates(ledger);
        _segmentBytes = (settings.SegmentBytes + AlignedBuffer.Alignment - 1) & -AlignedBuffer.Alignment;
        long shortBytes = (_segmentBytes / ShortDivisor) & -AlignedBuffer.Alignment;
        ShortBytes = Math.Min(_segmentBytes, Math.Clamp(shortBytes, ShortBytesMin, ShortBytesMax));
        _nextBytes = _segmentBytes;
        _spares = new LogSpares(disk, settings.SparesMax);
        _directory = SegmentNames.DirectoryOf(dataDirectory);
        _core = core;
        _partitions = partitions;
        _nextNumber = firstNumber;
        _idBase = seed.Next();
        _retiring = new RetiringSegments(disk, _directory, _segmentBytes, values, Ledger, _spares);
    }

    /// <summary>The errno of the last failed step, 0 after a successful one. Any thread.</summary>
    public int LastErrno => Volatile.Read(ref _lastErrno);

    /// <summary>Bytes of the files beside the log: the next segment, obsolete ones and those kept for
    /// reuse. Any thread may read it; it is roughly right.</summary>
    public long IdleBytes => (_ready.IsEmpty ? Math.Min(_nextBytes, SegmentBytesMax)
        : Volatile.Read(ref _readyBytes)) + _spares.Bytes + _retiring.Bytes;

    /// <summary>An upper bound for the size of segments from the next one on. It may change at any time.
    /// Longer segments are not reused. Any thread.</summary>
    public long SegmentBytesMax
    {
        get => Volatile.Read(ref _segmentBytesMax);
        set => Volatile.Write(ref _segmentBytesMax,
            Math.Max(AlignedBuffer.Alignment, value & -AlignedBuffer.Alignment));
    }

    /// <summary>Bytes of zeros written into new segments. Any thread.</summary>
    public long ZeroedBytes => Volatile.Read(ref _zeroedBytes);

    /// <summary>True when <see cref="Step"/> would find something to do. Any thread.</summary>
    public bool HasWork => Ledger.HasWork || _ready.IsEmpty || Archive is { HasWork: true }
        || _retiring.HasWork(Archive) || HasExcess;

    /// <summary>The updates of the log's ledger.</summary>
    internal LedgerUpdates Ledger { get; }

    /// <summary>Where the log is copied to; null for nowhere.</summary>
    internal LogArchive? Archive { get; init; }

    /// <summary>The length of a segment made while little is logged.</summary>
    internal long ShortBytes { get; }

    /// <summary>The length of other segments when nothing limits it.</summary>
    internal long SegmentBytes => _segmentBytes;

    /// <summary>While less than this was logged in the last seconds, a short segment is enough.</summary>
    internal long CalmBytes => ShortBytes / CalmDivisor;

    /// <summary>True while so little is logged. Any thread.</summary>
    internal bool IsCalm => _isCalm;

    /// <summary>
    /// True to fill a new segment with zeros first. In space that was only reserved, first writes are
    /// slower and their syncs must write the file system's journal. That matters when every command waits
    /// for a sync. Otherwise the zeros would only double what is written. Any thread.
    /// </summary>
    public bool Zeroes
    {
        get => _zeroes;
        set => _zeroes = value;
    }

    /// <summary>
    /// Does one piece of work. Returns false when there is none or when it failed
    /// (<see cref="LastErrno"/>); the next call tries a failed piece again. Background thread only; blocks
    /// on the disk.
    /// </summary>
    public bool Step()
    {
        try
        {
            bool worked = true;
            if (Ledger.IsLost) Ledger.Restore();
            else if (Ledger.HasNote) Ledger.WriteNote();
            else if (_ready.IsEmpty) Prepare();
            else if (Archive is { HasWork: true } archive) archive.Step();
            else if (_retiring.HasWork(Archive)) _retiring.Step(Archive, SegmentBytesMax < _segmentBytes);
            else if (HasExcess) GiveBack();
            else worked = false;
            Volatile.Write(ref _lastErrno, 0);
            return worked;
        }
        catch (DiskException error)
        {
            Volatile.Write(ref _lastErrno, error.ErrorNumber);
            return false;
        }
    }

    /// <summary>
    /// Prepares a segment on the caller's thread for the start of a log. It is a short one, so that the
    /// start is quick. Throws <see cref="DiskException"/>.
    /// </summary>
    public void Start()
    {
        if (!_ready.IsEmpty) return;
        _nextBytes = Math.Min(ShortBytes, SegmentBytesMax);
        bool wasDirect = _mode == DiskOpenMode.ReadWriteDirect;
        try
        {
            while (_ready.IsEmpty) Prepare();
        }
        catch (DiskException) when (wasDirect && _mode == DiskOpenMode.ReadWrite)
        {
            while (_ready.IsEmpty) Prepare();
        }
    }

    /// <summary>Closes the files of segments that nobody uses. Call it after the last step.</summary>
    public void Close()
    {
        DropFresh();
        Ledger.Dispose();
        Archive?.Dispose();
        _prepared?.File.Dispose();
        while (_ready.TryDequeue(out LogSegment? segment)) segment.File.Dispose();
        _retiring.Close();
    }

    /// <summary>Tells how much was logged in the last seconds. The pool keeps as much space ready. Core
    /// only.</summary>
    internal void SetPace(long recentBytes)
    {
        _isCalm = recentBytes <= CalmBytes;
        _spares.Wanted = _isCalm ? 0 : (recentBytes / _segmentBytes) + 1;
    }

    /// <summary>The next segment if it is short, otherwise null. Core only.</summary>
    internal LogSegment? TryTakeShort() =>
        _ready.TryPeek(out LogSegment? segment) && segment.Bytes <= ShortBytes ? TryTake() : null;

    /// <summary>The next segment, or null when it is not ready. Core only.</summary>
    internal LogSegment? TryTake()
    {
        bool taken = _ready.TryDequeue(out LogSegment? segment);
        _isWanted = !taken;
        return segment;
    }

    /// <summary>Gives an obsolete segment back. Core only, oldest first.</summary>
    internal void Return(LogSegment segment)
    {
        Archive?.Released(segment.Number);
        _retiring.Add(segment);
    }

    private void BecomeReady()
    {
        Ledger.Needs(_prepared!.Number);
        _ready.Enqueue(_prepared);
        _prepared = null;
    }

    // One piece of the work on the next segment; the last one makes it ready.
    private void Prepare()
    {
        if (_prepared is not null)
        {
            BecomeReady();
            return;
        }

        if (_fresh is null)
        {
            DropLongSpares();
            _nextBytes = Math.Min(_isCalm ? ShortBytes : _nextBytes, SegmentBytesMax);
            _fresh = OpenFresh();
        }

        // A core that waits for a segment is better served by one that is not zeroed.
        bool zeroes = _zeroes && !_isWanted;
        if (zeroes) Zero(_fresh);
        if (zeroes && _zeroedTo < _nextBytes) return;
        Span<byte> header = stackalloc byte[LogFormat.SegmentHeaderBytes];
        LogFormat.WriteSegmentHeader(header, _core, _nextNumber, IdOf(_nextNumber), _nextBytes);
        WriteHeader(_fresh, header);
        _disk.Sync(_fresh);
        DropFresh();

        string path = SegmentNames.PathOf(_directory, _core, _nextNumber, ".log");
        _disk.Rename(FreshPath, path);
        _disk.SyncDirectory(_directory);
        DiskFile opened = _disk.Open(path, _mode);
        LogSegment segment = new(opened, _core, _nextNumber, IdOf(_nextNumber), _nextBytes, _partitions)
        {
            ValueFile = _values?.AddSegment(_core, _nextNumber),
        };
        _nextNumber++;
        Volatile.Write(ref _readyBytes, _nextBytes);
        _nextBytes = _segmentBytes;
        _zeroedTo = 0;
        _prepared = segment;
        BecomeReady();
    }

    private DiskFile OpenFresh()
    {
        string fresh = FreshPath;
        if (_spares.TryRename(fresh)) _zeroedTo = long.MaxValue;
        else if (!_disk.Exists(fresh))
        {
            _disk.Open(fresh, DiskOpenMode.Create).Dispose();
            _zeroedTo = 0;
        }

        DiskFile file = _disk.Open(fresh, _mode);
        try
        {
            if (_disk.Length(file) > _nextBytes) _disk.Truncate(file, _nextBytes);
            // In a reused file, only the bytes after its old end were never written.
            if (_zeroedTo == long.MaxValue) _zeroedTo = _disk.Length(file) & -AlignedBuffer.Alignment;
            _disk.Allocate(file, _nextBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Zero(DiskFile file)
    {
        long end = Math.Min(_nextBytes, _zeroedTo + ZeroStepBytes);
        if (_zeroedTo >= end) return;
        _zeros ??= new AlignedBuffer(ZeroWriteBytes);
        while (_zeroedTo < end)
        {
            int count = (int)Math.Min(ZeroWriteBytes, end - _zeroedTo);
            WriteBlocks(file, _zeroedTo, _zeros.Span[..count]);
            _zeroedTo += count;
            Volatile.Write(ref _zeroedBytes, _zeroedBytes + count);
        }
    }

    private void WriteHeader(DiskFile file, ReadOnlySpan<byte> header)
    {
        using AlignedBuffer block = new(AlignedBuffer.Alignment);
        header.CopyTo(block.Span);
        WriteBlocks(file, 0, block.Span);
    }

    private void WriteBlocks(DiskFile file, long offset, ReadOnlySpan<byte> blocks)
    {
        try
        {
            _disk.Write(file, offset, blocks);
        }
        catch (DiskException error) when (error.ErrorNumber == Errno.Invalid)
        {
            // The file system opens files for direct I/O and then refuses it. From now on writes go through
            // the page cache.
            _mode = DiskOpenMode.ReadWrite;
            DropFresh();
            throw;
        }
    }

    private void DropFresh()
    {
        _fresh?.Dispose();
        _fresh = null;
        _zeros?.Dispose();
        _zeros = null;
    }

    private string FreshPath => SegmentNames.PathOf(_directory, _core, _nextNumber, ".new");

    // When segments must be shorter, there is too little space for spares.
    private void DropLongSpares()
    {
        if (SegmentBytesMax < _segmentBytes) _spares.Shrink(0);
    }

    private bool HasExcess => _spares.HasExcess || (_isCalm && Volatile.Read(ref _readyBytes) > ShortBytes);

    private void GiveBack()
    {
        if (_spares.HasExcess) _spares.Shrink(_spares.Count - 1);
        else if (_ready.TryDequeue(out LogSegment? segment)) GiveBack(segment);
    }

    // Replaces a long segment that nobody has written to with a short one of the same number. A core that
    // wants a segment meanwhile goes on in its present one.
    private void GiveBack(LogSegment segment)
    {
        try
        {
            Ledger.NeedsUpTo(segment.Number - 1);
        }
        catch
        {
            _ready.Enqueue(segment);
            throw;
        }

        Volatile.Write(ref _readyBytes, 0);
        _nextNumber = segment.Number;
        segment.File.Dispose();
        // If this fails, the next segment takes its place.
        _disk.Delete(SegmentNames.PathOf(_directory, _core, segment.Number, ".log"));
    }

    private ulong IdOf(ulong number) => LogFormat.IdOf(_idBase + number);
}
