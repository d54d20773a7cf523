using System.Collections.Concurrent;
using Hedge.Storage.Io;
using Hedge.Storage.Values;

namespace Hedge.Storage.Logs;

/// <summary>
/// Copies one core's log into the archive, about a second behind (<see cref="ArchiveFolder"/>). The core says
/// what is durable, the background thread copies it.
/// </summary>
/// <remarks>
/// A segment leaves the log only when it has been copied whole. When the archive cannot be written, obsolete
/// segments wait up to a bound; then they are given up (<see cref="Skip"/>), and the archive has a gap.
/// </remarks>
internal sealed class LogArchive : IDisposable
{
    private const int PieceBytes = 1 << 20;
    private const long RetryMilliseconds = 1000;

    private readonly IDisk _disk;
    private readonly string _source;
    private readonly ArchiveFolder _folder;
    private readonly ulong _start;
    private readonly int _core;
    private readonly ConcurrentQueue<Note> _notes = new();
    private readonly Queue<Note> _sealed = new();
    private readonly Queue<Note> _due = new();
    private readonly AlignedBuffer _buffer = new(PieceBytes);
    private ArchivedSegment? _target;
    private DiskFile? _open;
    private ulong _whole;
    private int _dueCount;
    private long _gaps;
    private long _retryAt;
    private volatile bool _isWaiting;
    private volatile string? _failure;

    /// <summary>Begins with the segment of a number.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="logs">The directory of the logs.</param>
    /// <param name="folder">The archive.</param>
    /// <param name="start">Which start of the server it is.</param>
    /// <param name="core">The core.</param>
    /// <param name="firstNumber">The log's first segment.</param>
    public LogArchive(
        IDisk disk, string logs, ArchiveFolder folder, ulong start, int core, ulong firstNumber)
    {
        (_disk, _source, _folder, _start, _core) = (disk, logs, folder, start, core);
        _whole = firstNumber - 1;
    }

    /// <summary>The wall clock, Unix milliseconds. Core only.</summary>
    public long NowMilliseconds { get; set; }

    /// <summary>Why it cannot copy at present; null when it can. Any thread.</summary>
    public string? Failure => _failure;

    /// <summary>How often segments were given up. Any thread.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    /// <summary>True when <see cref="Step"/> would find something to do. Any thread.</summary>
    public bool HasWork => !_isWaiting && (!_notes.IsEmpty || Volatile.Read(ref _dueCount) > 0);

    /// <summary>True when a segment, and all before it, need not stay for the archive. Any thread.</summary>
    public bool Has(ulong number) => number <= Volatile.Read(ref _whole);

    /// <summary>The segment gets nothing more. Core only.</summary>
    public void Sealed(ulong number, long end) => _notes.Enqueue(new Note(number, end, 0, NoteKind.Sealed));

    /// <summary>The segment is durable up to an offset, and those before it whole. Core only.</summary>
    public void Synced(ulong number, long end) =>
        _notes.Enqueue(new Note(number, end, NowMilliseconds, NoteKind.Synced));

    /// <summary>The sealed segment is durable, and the log does not need it. Core only.</summary>
    public void Released(ulong number)
    {
        if (!Has(number)) _notes.Enqueue(new Note(number, 0, NowMilliseconds, NoteKind.Released));
    }

    /// <summary>Tries again what has failed, when it is time. Core only.</summary>
    /// <param name="steadyMilliseconds">The time by a clock that nobody sets.</param>
    public void Retry(long steadyMilliseconds)
    {
        if (!_isWaiting) return;
        if (_retryAt == 0) _retryAt = steadyMilliseconds + RetryMilliseconds;
        if (steadyMilliseconds < _retryAt) return;
        _retryAt = 0;
        _isWaiting = false;
    }

    /// <summary>Gives up what is not copied of a segment and of those before it. Background thread.</summary>
    public void Skip(ulong number)
    {
        while (_notes.TryDequeue(out Note note)) Take(note);
        TakeNotes(number, true);
        while (_due.TryPeek(out Note due) && due.Number <= number) _due.Dequeue();
        Volatile.Write(ref _dueCount, _due.Count);
        CloseFiles();
        Volatile.Write(ref _whole, Math.Max(_whole, number));
        Interlocked.Increment(ref _gaps);
        Forget(number);
    }

    /// <summary>Copies a piece. Background thread; a failure is noted (<see cref="Failure"/>).</summary>
    public void Step()
    {
        while (_notes.TryDequeue(out Note note)) Take(note);
        Volatile.Write(ref _dueCount, _due.Count);
        if (!_due.TryPeek(out Note due)) return;
        try
        {
            Copy(due);
            _failure = null;
        }
        catch (IOException failure)
        {
            CloseFiles();
            _failure = failure.Message;
            _isWaiting = true;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseFiles();
        _buffer.Dispose();
    }

    // What was copied of the segment would look like all of it.
    private void Forget(ulong number)
    {
        try
        {
            string times = SegmentNames.PathOf(
                _folder.PathOf(_start), _core, number, ArchivedSegment.TimesSuffix);
            if (_disk.Exists(times)) _disk.Delete(times);
        }
        catch (IOException)
        {
            // Then a restore finds that the segment ends early, and says so.
        }
    }

    private void Copy(Note due)
    {
        if (_target?.Number != due.Number)
        {
            CloseFiles();
            _target = ArchivedSegment.Open(_disk, _folder.Begin(_disk, _start), _core, due.Number);
            _open = _disk.Open(
                SegmentNames.PathOf(_source, _core, due.Number, ArchivedSegment.LogSuffix),
                DiskOpenMode.ReadDirect);
        }

        if (_target.Copy(_open!, due.End, _buffer)) return;
        _target.Commit(due.Milliseconds);
        _due.Dequeue();
        Volatile.Write(ref _dueCount, _due.Count);
        if (due.Kind != NoteKind.Sealed) return;
        CloseFiles();
        Volatile.Write(ref _whole, due.Number);
    }

    // Sealed segments are due when something says that they are durable.
    private void Take(Note note)
    {
        if (note.Kind == NoteKind.Sealed)
        {
            _sealed.Enqueue(note);
            return;
        }

        TakeNotes(note.Kind == NoteKind.Released ? note.Number : note.Number - 1, false, note.Milliseconds);
        if (note.Kind == NoteKind.Synced) _due.Enqueue(note);
    }

    private void TakeNotes(ulong upTo, bool drops, long milliseconds = 0)
    {
        while (_sealed.TryPeek(out Note whole) && whole.Number <= upTo)
        {
            _sealed.Dequeue();
            if (!drops) _due.Enqueue(whole with { Milliseconds = milliseconds });
        }
    }

    private void CloseFiles()
    {
        _target?.Dispose();
        _open?.Dispose();
        _target = null;
        _open = null;
    }

    private enum NoteKind
    {
        Synced,
        Sealed,
        Released,
    }

    private readonly record struct Note(ulong Number, long End, long Milliseconds, NoteKind Kind);
}
