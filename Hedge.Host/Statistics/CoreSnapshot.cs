using Hedge.Host.Access;
using Hedge.Host.Clients;

namespace Hedge.Host.Statistics;

/// <summary>What a client is and does.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Address">Its address and port.</param>
/// <param name="Name">CLIENT SETNAME.</param>
/// <param name="User">Its user.</param>
/// <param name="Command">Its last command.</param>
/// <param name="Flags">As CLIENT LIST shows them.</param>
/// <param name="AgeSeconds">Since it connected.</param>
/// <param name="IdleSeconds">Since its last command.</param>
/// <param name="Bytes">Its memory.</param>
internal sealed record ClientSnapshot(long Id, string Address, string Name, string User, string Command,
    string Flags, long AgeSeconds, long IdleSeconds, long Bytes);

/// <summary>What only a core itself may read, copied by it for threads outside. Never changes.</summary>
/// <param name="TakenMilliseconds">When, Unix milliseconds.</param>
/// <param name="SlowCommands">Its latest slow commands, oldest first.</param>
/// <param name="Clients">Its clients that take most memory.</param>
internal sealed record CoreSnapshot(long TakenMilliseconds, IReadOnlyList<SlowLogEntry> SlowCommands,
    IReadOnlyList<ClientSnapshot> Clients)
{
    /// <summary>Entries of each kind.</summary>
    public const int EntriesMax = 16;

    private const long EveryMilliseconds = 500;

    /// <summary>Takes one when the last one is old; for the core.</summary>
    /// <param name="core">The core's statistics, which keep it.</param>
    /// <param name="sessions">The core's clients, each with its figures up to date.</param>
    /// <param name="nowMilliseconds">The time.</param>
    public static void TakeIfDue(CoreStatistics core, IEnumerable<Session> sessions, long nowMilliseconds)
    {
        long age = nowMilliseconds - (core.Snapshot?.TakenMilliseconds ?? long.MinValue / 2);
        if (age is >= 0 and < EveryMilliseconds) return;
        SlowLog slow = core.SlowLog;
        core.Snapshot = new CoreSnapshot(nowMilliseconds,
            [.. slow.Entries.Skip(slow.Entries.Count - EntriesMax)], Largest(sessions, nowMilliseconds));
    }

    private static ClientSnapshot[] Largest(IEnumerable<Session> sessions, long now)
    {
        var largest = new PriorityQueue<Session, long>();
        foreach (Session session in sessions)
        {
            largest.Enqueue(session, session.Figures.TotalBytes);
            if (largest.Count > EntriesMax) largest.Dequeue();
        }

        return [.. largest.UnorderedItems.Select(item => Of(item.Element, now))];
    }

    private static ClientSnapshot Of(Session session, long now) => new(session.Id,
        ClientAddress.Text(session.Remote), session.Name, session.User?.Name ?? User.DefaultName,
        session.LastCommand, ClientLine.Flags(session),
        Math.Max(0, now - session.CreatedMilliseconds) / 1000,
        Math.Max(0, now - session.LastCommandMilliseconds) / 1000, session.Figures.TotalBytes);
}
