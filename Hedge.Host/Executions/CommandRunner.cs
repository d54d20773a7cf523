using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Cores;
using Hedge.Host.Keyspaces;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>Calls commands, one at a time: gives each its context, ends its log record, and takes back what
/// it has replied when it has to pause. Owned by the core.</summary>
internal sealed class CommandRunner : IDisposable
{
    private const int IdleMax = 16;

    private readonly CoreLoop _loop;
    private readonly CommandContext _context = new();
    private readonly RespWriter _writer = new();
    private readonly LimitedRun _limited;
    private readonly Stack<TransactionRun> _idleTransactions = new();
    private readonly HashSet<TransactionRun> _transactions = [];
    private OutputBuffer _output = null!;

    public CommandRunner(CoreLoop loop)
    {
        _loop = loop;
        _limited = new LimitedRun(loop, this, _context);
        _context.Core = loop;
        _context.Server = loop.Group.Server;
        _context.Reply = _writer;
        _context.Clock = loop.Clock;
        _context.Seed = loop.Seed;
        _context.KeyspaceOf = database => loop.Keyspaces.Of(database).Unbound();
        _context.Notifier = loop.KeyEvents.Notify;
        _context.Databases = new DatabasesView(loop);
        _context.CursorsOf = partition => loop.Group.Partitions[partition].Cursors;
    }

    /// <summary>When the command that pauses is to be run again, Unix milliseconds, if it waits for a
    /// time.</summary>
    public long RetryAt => _context.RetryAt;

    /// <summary>The error reply for records that could not be read.</summary>
    public static string ReadFailure(int errno) =>
        $"IOERR the data could not be read: {Errno.Describe(errno)}";

    /// <summary>Writes an error reply.</summary>
    public void WriteError(OutputBuffer output, string text)
    {
        _writer.Reset(output, 2);
        _writer.Error(text);
    }

    /// <summary>Runs a command, or goes on with a transaction, with a reply in the output when it has come to
    /// its end.</summary>
    public PauseKind Run(Request request, Session session, OutputBuffer output)
    {
        long mark = output.Length;
        Bind(request, session, output);
        _loop.Meter.Begin(request);
        long begun = _loop.Storage.ChangesBegun;
        if (_loop.KeyEvents.KnowsNew(request, session)) _limited.RunAlone(request, output, mark);
        bool hasHappened = EndTry(request, begun);
        if (!hasHappened) output.Rewind(mark);
        _loop.Storage.EndCommand();
        if (_loop.Storage.Ready.Count > 0) _loop.KeyWaits.ServeChanged();
        if (!hasHappened) return _limited.PauseOf();
        _limited.End(request, session, output, mark);
        return PauseKind.None;
    }

    /// <summary>A transaction to be begun, and ended by <see cref="EndTransaction"/>.</summary>
    public TransactionRun BeginTransaction()
    {
        TransactionRun run =
            _idleTransactions.Count > 0 ? _idleTransactions.Pop() : new TransactionRun(_loop);
        _transactions.Add(run);
        return run;
    }

    /// <summary>A transaction has ended.</summary>
    public void EndTransaction(TransactionRun run)
    {
        run.Clear();
        if (!_transactions.Remove(run)) return;
        if (_idleTransactions.Count < IdleMax) _idleTransactions.Push(run);
        else run.Dispose();
    }

    /// <summary>Before the queued commands of a transaction: the EXEC that runs them, and where it
    /// replies.</summary>
    public (Request Request, OutputBuffer Output) BeginNested() => (_context.Request, _output);

    /// <summary>After them: the EXEC goes on, and pauses when one of them does.</summary>
    public void EndNested((Request Request, OutputBuffer Output) outer, bool pauses)
    {
        Bind(outer.Request, _context.Session, outer.Output);
        if (pauses && !_loop.Storage.HasMisses) _context.GoOnAt(_context.NowMilliseconds);
    }

    /// <summary>Runs a queued command of a transaction, inside the run of EXEC, whose replies may be
    /// <paramref name="lengthMax"/> bytes with this one's; a longer one is an error. False: it pauses, for
    /// records or for a turn, and EXEC with it.</summary>
    public bool RunNested(Request request, OutputBuffer output, long lengthMax)
    {
        long mark = output.Length;
        request.Database = _context.Session.Database;
        request.HashEpoch = uint.MaxValue;
        Bind(request, _context.Session, output);
        long begun = _loop.Storage.ChangesBegun;
        if (_loop.KeyEvents.KnowsNew(request, _context.Session))
            _limited.Run(request, output, mark, lengthMax);
        bool hasHappened = EndTry(request, begun);
        if (!hasHappened) output.Rewind(mark);
        else NoteNested(request, output, mark);
        return hasHappened;
    }

    /// <summary>Answers a queued command of a transaction whose records cannot be read.</summary>
    public void FailNested(Request request, OutputBuffer output, int errno)
    {
        long mark = output.Length;
        Bind(request, _context.Session, output);
        _writer.Error(ReadFailure(errno));
        NoteNested(request, output, mark);
    }

    public void Dispose()
    {
        foreach (TransactionRun run in _transactions) run.Dispose();
        foreach (TransactionRun run in _idleTransactions) run.Dispose();
    }

    // True when the command has not missed anything, nor waits. One that has changed something before it
    // missed would log a part of what it does, and do it again.
    private bool EndTry(Request request, long begun)
    {
        if (_loop.Storage.HasMisses && _loop.Storage.ChangesBegun != begun
            && request.Progress is not TransactionRun)
            _loop.Faults.Describe(request, new InvalidOperationException("it reads after it writes"), true);
        bool hasHappened = !_loop.Storage.HasMisses && _context.RetryAt == 0;
        _loop.KeyEvents.End(hasHappened);
        return hasHappened;
    }

    // Counts a queued command that has replied, and shows it to monitors.
    private void NoteNested(Request request, OutputBuffer output, long mark)
    {
        _loop.Meter.EndNested(_context, request.Command!, output, mark);
        if (_loop.Group.Monitors > 0) _loop.Monitors.Show(_context.Session, request);
    }

    private void Bind(Request request, Session session, OutputBuffer output)
    {
        _output = output;
        _context.Request = request;
        _context.Session = session;
        _context.RetryAt = 0;
        _context.TakesTurns = _context.AwaitsKeys = false;
        _context.NowMilliseconds = _loop.Storage.NowMilliseconds;
        _context.Spec = request.Command!.Spec;
        KeyspaceView keys = session.NoTouch
            ? _loop.Keyspaces.NotTouching(request, session.Database) : _loop.Keyspaces.Of(session.Database);
        keys.Bind(request);
        _context.Keys = keys;
        _writer.Reset(output, session.Protocol);
    }
}
