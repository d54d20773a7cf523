using System.Net;
using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Storage.Io;

namespace Hedge.Host.Monitoring;

/// <summary>What comes of looking at who asks.</summary>
internal enum AccessResult
{
    /// <summary>He may have an answer.</summary>
    Granted,

    /// <summary>He must say who he is.</summary>
    Unknown,

    /// <summary>He has said it with a wrong password.</summary>
    WrongPassword,

    /// <summary>He may not ask from where he is, or under this name of the machine, without a
    /// password.</summary>
    Protected,

    /// <summary>His user may not run INFO.</summary>
    Forbidden,
}

/// <summary>
/// Who may see figures:
/// 1. Whoever gives the name and password of a user of the server (HTTP Basic; no name stands for the default
///    user) is that user. Without them one is the default user, if that one needs no password.
/// 2. The user must have the right to INFO, and for slow commands and clients that to SLOWLOG GET and CLIENT
///    LIST.
/// 3. In protected mode, when the default user needs no password, only this machine is answered, and only
///    under a name that no one else can give it: a page of another site could else read through its visitor's
///    browser.
/// </summary>
internal sealed class HttpAccess(Server server, IClock clock)
{
    private const string Scheme = "Basic ";

    private static readonly ReadOnlyMemory<byte> Information = "INFO"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> SlowCommands = "SLOWLOG|GET"u8.ToArray();
    private static readonly ReadOnlyMemory<byte> Clients = "CLIENT|LIST"u8.ToArray();

    /// <summary>Looks at a request.</summary>
    /// <param name="remote">Where it comes from.</param>
    /// <param name="host">The header of that name: what the client calls this machine.</param>
    /// <param name="authorization">The header of that name; empty for none.</param>
    /// <param name="user">The user, when access is granted.</param>
    public AccessResult Check(IPEndPoint remote, string host, string authorization, out User? user)
    {
        user = null;
        bool isProtected = server.Settings.Current.ProtectedMode
            && server.Users.Default.Rights.NeedsNoPassword;
        if (isProtected && !(ClientAddress.IsLocal(remote) && IsLocalName(host)))
            return AccessResult.Protected;
        if (authorization.Length > 0)
        {
            user = UserOf(authorization, remote);
            if (user == null) return AccessResult.WrongPassword;
        }
        else if (!server.Users.Default.NeedsNoLogin)
        {
            return AccessResult.Unknown;
        }

        user ??= server.Users.Default;
        return MayRun(user, Information) ? AccessResult.Granted : AccessResult.Forbidden;
    }

    /// <summary>True for a user who may see slow commands.</summary>
    public bool MaySeeSlowCommands(User user) => MayRun(user, SlowCommands);

    /// <summary>True for a user who may see clients.</summary>
    public bool MaySeeClients(User user) => MayRun(user, Clients);

    private static bool IsLocalName(string host)
    {
        // With a port, and an IPv6 address in brackets.
        if (IPEndPoint.TryParse(host, out _)) return true;
        int colon = host.LastIndexOf(':');
        string name = colon < 0 ? host : host[..colon];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase);
    }

    private bool MayRun(User user, ReadOnlyMemory<byte> name) =>
        server.Commands.FindDeclared(name.Span) is { } command
        && user.Rights.Check(command, new OneWord(name)).Kind == DenialKind.None;

    private User? UserOf(string authorization, IPEndPoint remote)
    {
        if (!authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        Span<byte> pair = new byte[authorization.Length];
        if (!Convert.TryFromBase64String(authorization[Scheme.Length..], pair, out int length)) return null;
        pair = pair[..length];
        int colon = pair.IndexOf((byte)':');
        if (colon < 0) return null;
        string name = colon == 0 ? User.DefaultName : Encoding.Latin1.GetString(pair[..colon]);
        User? user = server.Users.TryLogIn(name, pair[(colon + 1)..]);
        if (user != null) return user;
        server.AclLog.Add(DenialKind.Login, DenialPlace.TopLevel, "http", name,
            $"addr={ClientAddress.Text(remote)}", clock.UnixMilliseconds);
        return null;
    }

    private readonly struct OneWord(ReadOnlyMemory<byte> word) : IArguments
    {
        public int Count => 1;

        public ReadOnlySpan<byte> this[int index] => word.Span;
    }
}
