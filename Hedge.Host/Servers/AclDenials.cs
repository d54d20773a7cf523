using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Clients;

namespace Hedge.Host.Servers;

/// <summary>Puts what was refused into ACL LOG.</summary>
internal static class AclDenials
{
    /// <summary>A command of a client is refused, or of its transaction or its script.</summary>
    public static void Log(Server server, Session session, in Denial denial, Request request,
        DenialPlace place, long nowMilliseconds)
    {
        string command = request.Command!.LowerName;
        string what = denial.Kind == DenialKind.Command
            ? command : Encoding.Latin1.GetString(request.Argument(denial.Index));
        server.AclLog.Add(denial.Kind, place, what, session.User!.Name,
            ClientOf(session, command, nowMilliseconds), nowMilliseconds);
    }

    /// <summary>A login as a user is refused.</summary>
    public static void LogLogin(Server server, Session session, string command, string user,
        long nowMilliseconds) =>
        server.AclLog.Add(DenialKind.Login, PlaceOf(session), command, user,
            ClientOf(session, session.LastCommand, nowMilliseconds), nowMilliseconds);

    /// <summary>Where a client's request is refused.</summary>
    public static DenialPlace PlaceOf(Session session) =>
        session.Transaction is null ? DenialPlace.TopLevel : DenialPlace.Transaction;

    private static string ClientOf(Session session, string command, long nowMilliseconds)
    {
        var line = new StringBuilder();
        ClientLine.Append(line, session, nowMilliseconds, command);
        return line.ToString().TrimEnd('\n');
    }
}
