using System.Globalization;
using System.Text;
using Hedge.Host.Access;

namespace Hedge.Host.Clients;

/// <summary>A line of CLIENT LIST.</summary>
internal static class ClientLine
{
    /// <summary>Appends the line of a session, with '\n'; <paramref name="command"/> is the one that it runs,
    /// or has run last.</summary>
    public static void Append(StringBuilder text, Session session, long nowMilliseconds, string command)
    {
        SessionFigures figures = session.Figures;
        long age = Math.Max(0, nowMilliseconds - session.CreatedMilliseconds) / 1000;
        long idle = Math.Max(0, nowMilliseconds - session.LastCommandMilliseconds) / 1000;
        int multi = session.Transaction?.Count ?? -1;
        string events = figures.OutputBytes > 0 ? "rw" : "r";
        Subscriptions? subscriptions = session.Subscriptions;
        text.Append(CultureInfo.InvariantCulture,
            $"id={session.Id} addr={ClientAddress.Text(session.Remote)} "
            + $"laddr={ClientAddress.Text(session.Local)} fd={session.Descriptor} ");
        text.Append(CultureInfo.InvariantCulture,
            $"name={session.Name} age={age} idle={idle} flags={Flags(session)} db={session.Database} ");
        text.Append(CultureInfo.InvariantCulture,
            $"sub={subscriptions?.Channels ?? 0} psub={subscriptions?.Patterns ?? 0} ");
        text.Append(CultureInfo.InvariantCulture, $"ssub={subscriptions?.ShardChannels ?? 0} multi={multi} ");
        text.Append(CultureInfo.InvariantCulture,
            $"qbuf={figures.QueryBufferBytes} qbuf-free={figures.QueryBufferFreeBytes} ");
        text.Append(CultureInfo.InvariantCulture,
            $"argv-mem={figures.ArgumentBytes} multi-mem={figures.TransactionBytes} ");
        text.Append(CultureInfo.InvariantCulture,
            $"rbs={figures.ReplyBufferBytes} rbp={figures.ReplyBufferPeakBytes} ");
        text.Append(CultureInfo.InvariantCulture,
            $"obl={figures.OutputBytes} oll={figures.WaitingReplies} omem={figures.OutputMemoryBytes} ");
        text.Append(CultureInfo.InvariantCulture, $"tot-mem={figures.TotalBytes} events={events} ");
        string user = session.User?.Name ?? User.DefaultName;
        long redirect = session.Tracking?.Redirect ?? -1;
        text.Append(CultureInfo.InvariantCulture, $"cmd={command} user={user} redir={redirect} ");
        text.Append(CultureInfo.InvariantCulture,
            $"resp={session.Protocol} lib-name={session.LibraryName} lib-ver={session.LibraryVersion}\n");
    }

    /// <summary>The flags of a session, a letter each.</summary>
    public static string Flags(Session session)
    {
        var flags = new StringBuilder();
        if (session.Monitor) flags.Append('O');
        if (session.Subscriptions is { Any: true }) flags.Append('P');
        if (session.Transaction != null) flags.Append('x');
        if (session.Blocked || session.Figures.IsPaused) flags.Append('b');
        if (session.Tracking is { } tracking)
        {
            flags.Append('t');
            if (tracking.IsBroken) flags.Append('R');
            if (tracking.IsBroadcast) flags.Append('B');
        }

        if (session.CloseAfterReply) flags.Append('c');
        if (session.IsUnixSocket) flags.Append('U');
        if (session.NoEvict) flags.Append('e');
        if (session.NoTouch) flags.Append('T');
        return flags.Length == 0 ? "N" : flags.ToString();
    }
}
