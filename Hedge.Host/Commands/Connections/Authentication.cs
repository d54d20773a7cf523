using System.Security.Cryptography;
using System.Text;
using Hedge.Host.Sessions;

namespace Hedge.Host.Commands.Connections;

/// <summary>Passwords. There is one user, "default", whose password is requirepass.</summary>
internal static class Authentication
{
    public const string WrongPassword = "WRONGPASS invalid username-password pair or user is disabled.";

    /// <summary>True when the pair is right; without requirepass every password of the default user
    /// is.</summary>
    public static bool IsRight(Server server, ReadOnlySpan<byte> user, ReadOnlySpan<byte> password)
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
