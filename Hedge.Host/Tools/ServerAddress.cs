using System.Globalization;

namespace Hedge.Host.Tools;

/// <summary>
/// Where a server is and how to log in, as clients write it.
/// <code>
/// address := ("redis" | "rediss") "://" [ [user] ":" password "@" ] host [ ":" port ]     rediss: with TLS
///          | "unix://" [ [user] ":" password "@" ] path
///          | host [ ":" port ]
/// </code>
/// Without a password there, that in the environment's REDISCLI_AUTH is taken, as redis-cli does. User and
/// password are percent-encoded.
/// </summary>
/// <param name="Host">Name or number; empty for a socket's path.</param>
/// <param name="Port">The port.</param>
/// <param name="Path">A Unix socket; null for TCP.</param>
/// <param name="User">The user; empty for the default user.</param>
/// <param name="Password">The password; null to stay without.</param>
/// <param name="UsesTls">Whether to speak TLS.</param>
internal sealed record ServerAddress(
    string Host, int Port, string? Path, string User, string? Password, bool UsesTls)
{
    /// <summary>Redis's port.</summary>
    public const int DefaultPort = 6379;

    /// <summary>True for a text that is an address for certain, and no path of a file.</summary>
    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Reads an address.</summary>
    /// <exception cref="ToolException">It is none.</exception>
    public static ServerAddress Parse(string text)
    {
        string? password = Environment.GetEnvironmentVariable("REDISCLI_AUTH");
        string user = "";
        int schemeEnd = text.IndexOf("://", StringComparison.Ordinal);
        string scheme = schemeEnd < 0 ? "redis" : text[..schemeEnd];
        string rest = schemeEnd < 0 ? text : text[(schemeEnd + 3)..];
        if (scheme is not ("redis" or "rediss" or "unix"))
            throw new ToolException($"\"{scheme}\" is no scheme of a server: redis, rediss, unix");
        int at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            int colon = rest.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || colon > at) throw new ToolException("an address has USER:PASSWORD before the @");
            user = Uri.UnescapeDataString(rest[..colon]);
            password = Uri.UnescapeDataString(rest[(colon + 1)..at]);
            rest = rest[(at + 1)..];
        }

        if (scheme == "unix") return new ServerAddress("", 0, rest, user, password, UsesTls: false);
        (string host, int port) = HostAndPort(rest.TrimEnd('/'));
        return new ServerAddress(host, port, null, user, password, UsesTls: scheme == "rediss");
    }

    /// <inheritdoc/>
    public override string ToString() => Path ?? (Host.Contains(':', StringComparison.Ordinal)
        ? $"[{Host}]:{Port}" : $"{Host}:{Port}");

    private static (string Host, int Port) HostAndPort(string text)
    {
        int colon = text.LastIndexOf(':');
        // Colons inside brackets, or more than one without any, are an IPv6 address's.
        if (colon < text.LastIndexOf(']') || text.IndexOf(':', StringComparison.Ordinal) != colon)
            colon = text.StartsWith('[') && colon > text.LastIndexOf(']') ? colon : -1;
        string host = (colon < 0 ? text : text[..colon]).Trim('[', ']');
        if (host.Length == 0) host = "127.0.0.1";
        if (colon < 0) return (host, DefaultPort);
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, culture, out int port)
            && port is > 0 and <= ushort.MaxValue) return (host, port);
        throw new ToolException($"\"{text[(colon + 1)..]}\" is no port");
    }
}
