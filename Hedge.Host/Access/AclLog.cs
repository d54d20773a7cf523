namespace Hedge.Host.Access;

/// <summary>Where a command was refused.</summary>
internal enum DenialPlace
{
    /// <summary>As a request.</summary>
    TopLevel,

    /// <summary>In EXEC.</summary>
    Transaction,

    /// <summary>In a script.</summary>
    Script,
}

/// <summary>Refused commands and wrong passwords, newest first; the same one again within a minute is
/// counted, not added. Any core.</summary>
internal sealed class AclLog(Func<int> lengthMax)
{
    private const long SameMilliseconds = 60_000;

    private readonly Lock _lock = new();
    private readonly LinkedList<Entry> _entries = new();
    private long _lastId;
    private long _logins;
    private long _commands;
    private long _keys;
    private long _channels;

    /// <summary>Wrong passwords.</summary>
    public long DeniedLogins => Volatile.Read(ref _logins);

    /// <summary>Commands refused as such.</summary>
    public long DeniedCommands => Volatile.Read(ref _commands);

    /// <summary>Commands refused for a key.</summary>
    public long DeniedKeys => Volatile.Read(ref _keys);

    /// <summary>Commands refused for a channel.</summary>
    public long DeniedChannels => Volatile.Read(ref _channels);

    /// <summary>Adds a refusal.</summary>
    public void Add(DenialKind kind, DenialPlace place, string what, string user, string client,
        long nowMilliseconds)
    {
        switch (kind)
        {
            case DenialKind.Command: Interlocked.Increment(ref _commands); break;
            case DenialKind.Key: Interlocked.Increment(ref _keys); break;
            case DenialKind.Channel: Interlocked.Increment(ref _channels); break;
            default: Interlocked.Increment(ref _logins); break;
        }

        lock (_lock)
        {
            Entry? same = _entries.FirstOrDefault(e => e.Kind == kind && e.Place == place && e.What == what
                && e.User == user && nowMilliseconds - e.UpdatedMilliseconds <= SameMilliseconds);
            if (same is not null) _entries.Remove(same);
            _entries.AddFirst(same is null
                ? new Entry(_lastId++, kind, place, what, user, client, 1, nowMilliseconds, nowMilliseconds)
                : same with
                {
                    Client = client,
                    Count = same.Count + 1,
                    UpdatedMilliseconds = nowMilliseconds,
                });
            while (_entries.Count > lengthMax()) _entries.RemoveLast();
        }
    }

    /// <summary>The newest entries.</summary>
    public IReadOnlyList<Entry> Newest(int count)
    {
        lock (_lock) return [.. _entries.Take(count)];
    }

    /// <summary>Forgets all entries.</summary>
    public void Clear()
    {
        lock (_lock) _entries.Clear();
    }

    /// <summary>One refusal, or several that are the same.</summary>
    /// <param name="Id">Ascending.</param>
    /// <param name="Kind">Why.</param>
    /// <param name="Place">Where.</param>
    /// <param name="What">The command, key or channel.</param>
    /// <param name="User">The user's name, as it was given.</param>
    /// <param name="Client">The client as CLIENT LIST shows it.</param>
    /// <param name="Count">How often.</param>
    /// <param name="CreatedMilliseconds">The first time, Unix milliseconds.</param>
    /// <param name="UpdatedMilliseconds">The last time, Unix milliseconds.</param>
    public sealed record Entry(long Id, DenialKind Kind, DenialPlace Place, string What, string User,
        string Client, int Count, long CreatedMilliseconds, long UpdatedMilliseconds);
}
