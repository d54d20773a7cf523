using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Keyspaces;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
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
internal sealed class TransactionRun(TransactionRunner owner, CommandRunner runner, CoreStorage storage,
    CoreStatistics statistics, WriteState writes, WriteBudget budget, ConnectionTable connections,
    PubSubHub pubSub, KeyspaceTable keyspaces, CommandMeter meter, PartitionTable partitions) : IDisposable
{
    /// <summary>Commands whose keys are looked up ahead of their turn.</summary>
    private const int AheadMax = 1024;

    private const int ShortReplyBytes = 128;

    private readonly OutputBuffer _output = new();
    private readonly HeldMessages _messages = new();
    private Transaction? _transaction;
    private QueuedRequests.Enumerator _requests;
    private bool _isOnRequest;
    private object? _progress;
    private OpenChanges? _changes;
    private long _nowMilliseconds;
    private long _writtenBytes;
    private long _lengthMax;
    private long _room;
    private int _failedErrno;
    private bool _readsAlone;

    /// <summary>True when a command has come to its end since the last pause: what was read before is not
    /// needed any more.</summary>
    public bool HasGoneOn { get; private set; }

    /// <summary>True when it may have changed something.</summary>
    public bool HasChanges { get; private set; }

    /// <summary>Begins, with all partitions held.</summary>
    /// <param name="context">The context of EXEC.</param>
    /// <param name="transaction">The commands; the run owns them from now on.</param>
    public void Begin(CommandContext context, Transaction transaction)
    {
        _transaction = transaction;
        _requests = transaction.Requests.Consume().GetEnumerator();
        _nowMilliseconds = context.NowMilliseconds;
        // Each command has room for a short reply, whatever those before it have answered.
        long longest = context.Server.ReplyBytesMax;
        _room = Math.Min(ShortReplyBytes, longest / 2 / (transaction.Count + 1));
        _lengthMax = longest - (_room * (transaction.Count + 1));
        storage.Transactions.Begin();
        budget.Begin();
        _writtenBytes = 0;
        context.Progress = this;
    }

    /// <summary>Runs commands until the end, with a reply, or a pause.</summary>
    public void GoOn(CommandContext context)
    {
        HasGoneOn = false;
        long now = context.NowMilliseconds;
        (Request, OutputBuffer) exec = runner.BeginNested();
        Enter(context);
        bool isPaused = false;
        try
        {
            isPaused = !RunCommands(context);
        }
        finally
        {
            Leave(context, now);
            runner.EndNested(exec, isPaused);
        }

        if (isPaused)
        {
            _changes = storage.Transactions.Pause();
            statistics.Counters.TransactionPauses++;
            return;
        }

        if (!writes.CanLog && storage.Transactions.HasChanges)
        {
            // A log has failed since the run began: its changes may never be durable, so nobody is told.
            _messages.Clear();
            connections.Abort(context.Request.Client!);
        }

        _messages.Send(pubSub);
        if (_output.Length > context.Server.ReplyBytesMax) throw new OutputFullException();
        context.Reply.ArrayHeader(_transaction!.Count);
        context.Reply.Raw(_output.Unread);
        owner.End(this);
    }

    /// <summary>The records that the present command misses could not be read.</summary>
    public void ReadFailed(int errno)
    {
        // They may have been records of a later command, which were read ahead.
        if (_readsAlone) _failedErrno = errno;
        _readsAlone = true;
    }

    /// <summary>Forgets everything: the run has ended.</summary>
    public void Clear()
    {
        _transaction?.Dispose();
        _transaction = null;
        _isOnRequest = false;
        (_progress as IDisposable)?.Dispose();
        _progress = null;
        _output.Clear();
        _messages.Clear();
        _failedErrno = 0;
        _readsAlone = HasChanges = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _changes?.Dispose();
        _output.Dispose();
        _messages.Dispose();
    }

    private void Enter(CommandContext context)
    {
        storage.NowMilliseconds = _nowMilliseconds;
        if (_changes is not null) storage.Transactions.Resume(_changes);
        _changes = null;
        budget.Resume(_writtenBytes);
        pubSub.Holding = _messages;
        meter.BeginNested();
        context.InTransaction = true;
    }

    private void Leave(CommandContext context, long now)
    {
        context.InTransaction = false;
        pubSub.Holding = null;
        _writtenBytes = budget.Used;
        storage.NowMilliseconds = now;
    }

    private bool RunCommands(CommandContext context)
    {
        for (int i = 0; _isOnRequest || MoveNext(); i++)
        {
            if (i == partitions.CommandsPerTurn) return false;
            if (_failedErrno != 0)
            {
                runner.FailNested(_requests.Current, _output, _failedErrno);
                _failedErrno = 0;
            }
            else
            {
                Request request = _requests.Current;
                request.Progress = _progress;
                if (!runner.RunNested(request, _output, _lengthMax))
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
