using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Keyspaces;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// EXEC while it runs: its commands one after the other, all their changes one log record. Belongs to the
/// request of the EXEC, as its progress.
/// </summary>
/// <remarks>
/// 1. A command that misses records has not written: the run pauses in place, keeps its partitions, and tries
///    that command again when they are in memory. What the commands behind it are going to look up is read
///    with it.
/// 2. A command that takes several turns pauses the run in the same way, and so does a run of very many
///    commands now and then: other clients, who need none of its partitions, do not wait for its end.
/// 3. Nobody sees a part of it: replies are collected, and so are its messages (PUBLISH, keyspace events).
/// 4. All of it happens at one time, that of its beginning.
/// 5. A command whose records cannot be read answers with an error, and the next one runs.
/// 6. When a log fails meanwhile, the changes are logged as soon as that is possible, and the client's
///    connection is closed without a reply.
/// </remarks>
internal sealed class TransactionRun(TransactionRunner owner, OpenRun open, CommandRunner runner,
    Refusals refusals, CoreStorage storage, KeyspaceTable keyspaces, PartitionTable partitions)
    : IRunInPlace, IDisposable
{
    /// <summary>Commands whose keys are looked up ahead of their turn.</summary>
    private const int AheadMax = 1024;

    private const int ShortReplyBytes = 128;

    private readonly OutputBuffer _output = new();
    private Transaction? _transaction;
    private QueuedRequests.Enumerator _requests;
    private bool _isOnRequest;
    private object? _progress;
    private long _lengthMax;
    private long _room;
    private int _failedErrno;
    private bool _readsAlone;

    /// <inheritdoc/>
    public bool HasGoneOn { get; private set; }

    /// <inheritdoc/>
    public bool HasChanges { get; private set; }

    /// <summary>Begins, with all partitions held.</summary>
    /// <param name="context">The context of EXEC.</param>
    /// <param name="transaction">The commands; the run owns them from now on.</param>
    public void Begin(CommandContext context, Transaction transaction)
    {
        _transaction = transaction;
        _requests = transaction.Requests.Consume().GetEnumerator();
        // Each command has room for a short reply, whatever those before it have answered.
        long longest = context.Server.ReplyBytesMax;
        _room = Math.Min(ShortReplyBytes, longest / 2 / (transaction.Count + 1));
        _lengthMax = longest - (_room * (transaction.Count + 1));
        open.Begin(context);
        context.Progress = this;
    }

    /// <summary>Runs commands until the end, with a reply, or a pause.</summary>
    public void GoOn(CommandContext context)
    {
        HasGoneOn = false;
        NestedScope exec = runner.BeginNested();
        open.Enter(context);
        bool isPaused = false;
        try
        {
            isPaused = !RunCommands(context, exec.Request);
        }
        finally
        {
            open.Leave(context);
            runner.EndNested(exec, isPaused);
        }

        if (isPaused)
        {
            open.Pause();
            return;
        }

        open.End(context);
        context.Session.Tracking?.EndCommand(keepsCaching: false);
        if (_output.Length > context.Server.ReplyBytesMax) throw new OutputFullException();
        context.Reply.ArrayHeader(_transaction!.Count);
        context.Reply.Raw(_output.Unread);
        owner.End(this);
    }

    /// <inheritdoc/>
    public void ReadFailed(int errno)
    {
        // They may have been records of a later command, which were read ahead.
        if (_readsAlone) _failedErrno = errno;
        _readsAlone = true;
    }

    /// <inheritdoc/>
    public void Abandon() => owner.End(this);

    /// <summary>Forgets everything: the run has ended.</summary>
    public void Clear()
    {
        _transaction?.Dispose();
        _transaction = null;
        _isOnRequest = false;
        (_progress as IDisposable)?.Dispose();
        _progress = null;
        _output.Clear();
        open.Clear();
        _failedErrno = 0;
        _readsAlone = HasChanges = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        open.Dispose();
        _output.Dispose();
    }

    private bool RunCommands(CommandContext context, Request exec)
    {
        for (int i = 0; _isOnRequest || MoveNext(); i++)
        {
            if (i == partitions.CommandsPerTurn) return false;
            if (_failedErrno != 0)
            {
                runner.FailNested(_requests.Current, context.Session, _output, _failedErrno);
                _failedErrno = 0;
            }
            else
            {
                Request request = _requests.Current;
                request.Progress = _progress;
                exec.Tracks = context.Session.Tracking is { Remembers: true };
                string? denied = _progress is null
                    ? refusals.Access.FindInTransaction(context.Session, request) : null;
                if (denied is not null)
                {
                    runner.RefuseNested(request, context.Session, _output, denied);
                }
                else if (!runner.RunNested(request, context.Session, _output, _lengthMax))
                {
                    _progress = request.Progress;
                    if (!_readsAlone) ReadAhead(context);
                    return false;
                }
            }

            _progress = null;
            _isOnRequest = false;
            _readsAlone = false;
            HasGoneOn = HasChanges = true;
        }

        return true;
    }

    private bool MoveNext()
    {
        if (!_requests.MoveNext()) return false;
        _lengthMax += _room;
        return _isOnRequest = true;
    }

    // A SELECT among these commands makes their look-ups useless, but does no harm.
    private void ReadAhead(CommandContext context)
    {
        if (!storage.HasMisses) return;
        StoredKeyspace keyspace = keyspaces.Of(context.Session.Database).Unbound();
        QueuedRequests.Enumerator ahead = _requests.Ahead();
        for (int i = 0; i < AheadMax && !storage.HasEnoughMisses && ahead.MoveNext(); i++)
            foreach (int key in ahead.Current.Keys) keyspace.Warm(ahead.Current.Argument(key));
    }
}
