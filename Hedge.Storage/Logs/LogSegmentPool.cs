using System.Collections.Concurrent;
using Hedge.Storage.Io;

namespace Hedge.Storage.Logs;

/// <summary>
/// Prepares one core's next segment ahead of time and takes obsolete ones back. <see cref="Step"/> is for the
/// core's
/// background thread (or the simulation); the core itself only takes and gives, without blocking.
/// </summary>
/// <remarks>
/// Preparing: (1) a spare file is renamed, or a new one created, as <c>core-number.new</c>; (2) its header is
/// written
/// and its space allocated; (3) file synced; (4) renamed to <c>core-number.log</c>; (5) directory synced;
/// only then
/// may records go in. Retiring: (1) renamed to <c>.old</c> or deleted; (2) directory synced; one by one and
/// oldest first.
/// </remarks>
public sealed class LogSegmentPool
{
    private readonly IDisk _disk;
    private readonly LogSettings _settings;
    private readonly string _directory;
    private readonly int _core;
    private readonly int _partitions;
    private readonly ulong _idBase;
    private readonly ConcurrentQueue<LogSegment> _ready = new();
    private readonly ConcurrentQueue<LogSegment> _returned = new();
    private readonly List<string> _spares = [];
    private LogSegment? _retiring;
    private ulong _nextNumber;
    private int _lastErrno;

    /// <summary>
    /// Creates the pool of <paramref name="core"/>'s log in a data directory with an existing log directory.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="seed">Gives the segments' unique ids; used by the constructor only.</param>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="core">The log's core.</param>
    /// <param name="firstNumber">The first segment's number: <see cref="LogCatalog.NextNumber"/>.</param>
    /// <param name="partitions">The number of partitions of the server.</param>
    /// <param name="settings">Sizes and bounds.</param>
    public LogSegmentPool(
        IDisk disk, ISeed seed, string dataDirectory, int core, ulong firstNumber, int partitions,
        LogSettings settings)
    {
        _disk = disk;
        _settings = settings;
        _directory = LogCatalog.DirectoryOf(dataDirectory);
        _core = core;
        _partitions = partitions;
        _nextNumber = firstNumber;
        _idBase = seed.Next();
    }

    /// <summary>The errno of the last failed step, 0 after a successful one. Any thread.</summary>
    public int LastErrno => Volatile.Read(ref _lastErrno);

    /// <summary>True when <see cref="Step"/> would find something to do. Any thread.</summary>
    public bool HasWork => _ready.IsEmpty || !_returned.IsEmpty || _retiring is not null;

    /// <summary>
    /// Does one piece of work. Returns false when there is none or when it failed (<see cref="LastErrno"/>);
    /// a failed
    /// piece is tried again by the next call. Background thread only; blocks on the disk.
    /// </summary>
    public bool Step()
    {
        try
        {
            bool worked = true;
            if (_ready.IsEmpty) _ready.Enqueue(Prepare());
            else if (_retiring is not null || _returned.TryDequeue(out _retiring)) Retire(_retiring);
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
    /// Prepares a segment on the caller's thread, for the start of a log. Throws <see cref="DiskException"/>.
    /// </summary>
    public void Start()
    {
        if (_ready.IsEmpty) _ready.Enqueue(Prepare());
    }

    /// <summary>Closes the files of segments nobody uses. After the last step.</summary>
    public void Close()
    {
        while (_ready.TryDequeue(out LogSegment? segment)) segment.File.Dispose();
        while (_returned.TryDequeue(out LogSegment? segment)) segment.File.Dispose();
    }

    /// <summary>The next segment, or null when it is not ready. Core only.</summary>
    internal LogSegment? TryTake() => _ready.TryDequeue(out LogSegment? segment) ? segment : null;

    /// <summary>Gives an obsolete segment back. Core only, oldest first.</summary>
    internal void Return(LogSegment segment) => _returned.Enqueue(segment);

    private LogSegment Prepare()
    {
        string fresh = LogCatalog.PathOf(_directory, _core, _nextNumber, ".new");
        string path = LogCatalog.PathOf(_directory, _core, _nextNumber, ".log");
        ulong id = Mix(_idBase + _nextNumber);
        bool reuses = _spares.Count > 0;
        if (reuses)
        {
            _disk.Rename(_spares[^1], fresh);
            _spares.RemoveAt(_spares.Count - 1);
        }
        else if (_disk.Exists(fresh)) reuses = true;

        using (DiskFile file = _disk.Open(fresh, reuses ? DiskOpenMode.ReadWrite : DiskOpenMode.Create))
        {
            Span<byte> header = stackalloc byte[LogFormat.SegmentHeaderBytes];
            LogFormat.WriteSegmentHeader(header, _core, _nextNumber, id);
            _disk.Allocate(file, _settings.SegmentBytes);
            _disk.Write(file, 0, header);
            _disk.Sync(file);
        }

        _disk.Rename(fresh, path);
        _disk.SyncDirectory(_directory);
        DiskFile opened = _disk.Open(path, DiskOpenMode.ReadWrite);
        LogSegment segment = new(opened, _core, _nextNumber, id, _partitions);
        _nextNumber++;
        return segment;
    }

    private void Retire(LogSegment segment)
    {
        string path = LogCatalog.PathOf(_directory, _core, segment.Number, ".log");
        string spare = LogCatalog.PathOf(_directory, _core, segment.Number, ".old");
        if (_disk.Exists(path))
        {
            bool isLarge = _disk.Length(segment.File) > _settings.SegmentBytes;
            bool keeps = _spares.Count < _settings.SparesMax && !isLarge;
            if (keeps) _disk.Rename(path, spare);
            else _disk.Delete(path);
        }

        _disk.SyncDirectory(_directory);
        segment.File.Dispose();
        if (_disk.Exists(spare)) _spares.Add(spare);
        _retiring = null;
    }

    // A bijection, so that the ids of one process never repeat (SplitMix64's finisher).
    private static ulong Mix(ulong z)
    {
        z *= 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
