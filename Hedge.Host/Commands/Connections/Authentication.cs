using System.Security.Cryptography;
using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Servers;

namespace Hedge.Host.Commands.Connections;

/// <summary>Passwords. There is one user, "default", whose password is requirepass.</summary>
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
        if (IsRight(context.Server, user, password))
        {
            session.Authenticated = true;
            session.FailedLogins = 0;
            return true;
        }

        long delay = DelayMilliseconds << Math.Min(session.FailedLogins++, DoublingsMax);
        session.DelayedUntilMilliseconds =
            context.NowMilliseconds + Math.Min(delay, DelayMillisecondsMax);
        context.Reply.Error(WrongPassword);
        return false;
    }

    /// <summary>True when the pair is right; without requirepass every password of the default user
    /// is.</summary>
    private static bool IsRight(Server server, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
    {
        if (!user.SequenceEqual("default"u8)) return false;
        string required = server.Settings.Current.RequirePass;
        return required.Length == 0 || SameSecret(Encoding.UTF8.GetBytes(required), password);
    }

    /// <summary>Sets a new client's rights: it may run commands at once when no password is asked
    /// for.</summary>
    public static void Start(Server server, Session session) =>
        session.Authenticated = server.Settings.Current.RequirePass.Length == 0;

    // Digests have one length and are compared in constant time: the time tells nothing about the password.
    private static bool SameSecret(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> given)
    {
        Span<byte> left = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> right = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(expected, left);
        SHA256.HashData(given, right);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }
}
