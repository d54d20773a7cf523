using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Connections;

/// <summary>Logs clients in.</summary>
internal static class Authentication
{
    private const string WrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";
    private const long DelayMilliseconds = 10;
    private const long DelayMillisecondsMax = 1000;
    private const int DoublingsMax = 7;

    /// <summary>Logs the client in when the pair is right. A wrong one delays what the client sends next:
    /// each time twice as long, up to a second.</summary>
    public static bool TryLogIn(CommandContext context, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        Session session = context.Session;
        string name = Encoding.Latin1.GetString(user);
        if (context.Server.Users.TryLogIn(name, password) is { } known)
        {
            session.User = known;
            session.Authenticated = true;
            session.FailedLogins = 0;
            return true;
        }

        AclDenials.LogLogin(context.Server, session,
            Encoding.Latin1.GetString(context.Argument(0)), name, context.NowMilliseconds);
        long delay = DelayMilliseconds << Math.Min(session.FailedLogins++, DoublingsMax);
        session.DelayedUntilMilliseconds =
            context.NowMilliseconds + Math.Min(delay, DelayMillisecondsMax);
        context.Reply.Error(WrongPassword);
        return false;
    }

    /// <summary>Sets a new client's user and rights: it may run commands at once when no password is asked
    /// for.</summary>
    public static void Start(Server server, Session session)
    {
        session.User = server.Users.Default;
        session.Authenticated = session.User.NeedsNoLogin;
    }
}
