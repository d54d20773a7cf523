using Hedge.Host.Cores;
using Hedge.Host.Sessions;

namespace Hedge.Host.Commands.Transactions;

/// <summary>
/// What a queued command that reads a whole database has found before its transaction began, while all
/// partitions were held. When the command's turn comes, it looks only at the keys that commands before it in
/// the transaction may have changed.
/// </summary>
internal abstract class KeptRead
{
    /// <summary>More keys are not remembered.</summary>
    private const int ChangedMax = 100_000;

    private bool _isNoted;

    /// <summary>The keys that commands before it may have changed.</summary>
    public HashSet<ReadOnlyMemory<byte>> Changed { get; } = new(ByteStrings.Comparer);

    /// <summary>True when it is not known which keys those are: the command has to read everything
    /// again.</summary>
    public bool IsVoid { get; private set; }

    /// <summary>True when all is read.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>Takes down what the commands before number <paramref name="index"/> may change. The first
    /// time only.</summary>
    public void Note(QueuedRequests requests, int index)
    {
        if (_isNoted) return;
        _isNoted = true;
        foreach (Request request in requests)
        {
            if (index-- == 0) return;
            CommandSpec spec = request.Command!.Spec;
            if ((spec.Flags & CommandFlags.Write) == 0) continue;
            IsVoid |= spec.Scope != CommandScope.Keys || Changed.Count > ChangedMax;
            if (IsVoid) return;
            foreach (int key in request.Keys) Changed.Add(request.Argument(key).ToArray());
        }
    }
}
