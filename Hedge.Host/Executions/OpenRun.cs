using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Keyspaces;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Storage.Cores;

namespace Hedge.Host.Executions;

/// <summary>
/// What several commands have in common that are one run: their changes are one log record, nobody gets their
/// messages (PUBLISH, keyspace events) before the end, and all of it happens at one moment, that of the
/// beginning. Pauses take it off the core, so that others may run meanwhile.
/// <code>
/// Begin → (Enter → commands → Leave → Pause)* → Enter → commands → Leave → End
/// </code>
/// </summary>
internal sealed class OpenRun(CoreStorage storage, CoreStatistics statistics, WriteState writes,
    WriteBudget budget, ConnectionTable connections, PubSubHub pubSub, CommandMeter meter) : IDisposable
{
    private readonly HeldMessages _messages = new();
    private OpenChanges? _changes;
    private long _nowMilliseconds;
    private long _outerMilliseconds;
    private long _writtenBytes;

    /// <summary>Begins, with all partitions held.</summary>
    public void Begin(CommandContext context)
    {
        _nowMilliseconds = context.NowMilliseconds;
        _writtenBytes = 0;
        storage.Transactions.Begin();
        budget.Begin();
    }

    /// <summary>Before its commands run, at first or after a pause.</summary>
    public void Enter(CommandContext context)
    {
        _outerMilliseconds = context.NowMilliseconds;
        storage.NowMilliseconds = _nowMilliseconds;
        if (_changes is not null) storage.Transactions.Resume(_changes);
        _changes = null;
        budget.Resume(_writtenBytes);
        pubSub.Holding = _messages;
        meter.BeginNested();
        context.InTransaction = true;
    }

    /// <summary>After them.</summary>
    public void Leave(CommandContext context)
    {
        context.InTransaction = false;
        pubSub.Holding = null;
        _writtenBytes = budget.Used;
        storage.NowMilliseconds = _outerMilliseconds;
    }

    /// <summary>It pauses: other commands may run.</summary>
    public void Pause()
    {
        _changes = storage.Transactions.Pause();
        statistics.Counters.TransactionPauses++;
    }

    /// <summary>All its commands have run: sends the messages.</summary>
    public void End(CommandContext context)
    {
        if (!writes.CanLog && storage.Transactions.HasChanges)
        {
            // A log has failed since it began: its changes may never be durable, so nobody is told.
            _messages.Drop(pubSub);
            // (Those of another core's client get no reply either: it waits for the log.)
            if (context.Request.Client is { } client) connections.Abort(client);
        }

        _messages.Send(pubSub);
    }

    /// <summary>Forgets everything: the run has ended.</summary>
    public void Clear() => _messages.Drop(pubSub);

    /// <inheritdoc/>
    public void Dispose()
    {
        _changes?.Dispose();
        _messages.Dispose();
    }
}
