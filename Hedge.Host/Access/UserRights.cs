using System.Security.Cryptography;
using System.Text;
using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>What a user may do, and how he shows who he is. Never changes.</summary>
internal sealed record UserRights
{
    /// <summary>A new user: switched off, without any right.</summary>
    public static UserRights New(CommandTable commands, bool allChannels) =>
        new() { Root = Selector.Empty(commands) with { AllChannels = allChannels } };

    /// <summary>True when he may log in.</summary>
    public bool IsOn { get; init; }

    /// <summary>True when every password is right.</summary>
    public bool NeedsNoPassword { get; init; }

    /// <summary>"sanitize-payload" or "skip-sanitize-payload" when that was said; else empty. Payloads are
    /// always checked.</summary>
    public string Payload { get; init; } = "";

    /// <summary>SHA-256 of his passwords, hexadecimal, in lower case.</summary>
    public IReadOnlyList<string> Passwords { get; init; } = [];

    /// <summary>His rights.</summary>
    public required Selector Root { get; init; }

    /// <summary>More rights, each apart.</summary>
    public IReadOnlyList<Selector> Selectors { get; init; } = [];

    /// <summary>True when he may do everything.</summary>
    public bool IsUnlimited => Root.IsUnlimited;

    /// <summary>The words that are no rights: "on", "nopass".</summary>
    public IEnumerable<string> Flags
    {
        get
        {
            yield return IsOn ? "on" : "off";
            if (NeedsNoPassword) yield return "nopass";
            if (Payload.Length > 0) yield return Payload;
        }
    }

    /// <summary>All rules, as they make him out of a new user.</summary>
    public override string ToString() => string.Join(' ', [.. Flags, .. Passwords.Select(static p => '#' + p),
        Root.ToString(), .. Selectors.Select(static s => $"({s})")]);

    /// <summary>The digest of a password.</summary>
    public static string DigestOf(ReadOnlySpan<byte> password) =>
        Convert.ToHexStringLower(SHA256.HashData(password));

    /// <summary>True when the password is right. It takes the same time for all of one number of
    /// passwords.</summary>
    public bool Accepts(ReadOnlySpan<byte> password)
    {
        byte[] given = Encoding.ASCII.GetBytes(DigestOf(password));
        bool isRight = false;
        foreach (string known in Passwords)
            isRight |= CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(known), given);
        return isRight || NeedsNoPassword;
    }

    /// <summary>What stands in a request's way: nothing if any of the rights lets it through, else what the
    /// one says that lets the most of it through.</summary>
    public Denial Check<T>(Command command, in T arguments)
        where T : IArguments, allows ref struct
    {
        Denial most = Root.Check(command, arguments);
        if (most.Kind == DenialKind.None) return most;
        foreach (Selector selector in Selectors)
        {
            Denial one = selector.Check(command, arguments);
            if (one.Kind == DenialKind.None) return one;
            if (one.Kind > most.Kind || (one.Kind == most.Kind && one.Index > most.Index)) most = one;
        }

        return most;
    }

    /// <summary>True when some of the rights that let the request through reach every key in this
    /// way.</summary>
    public bool ReachesAllKeys<T>(Command command, in T arguments, KeyAccess needed)
        where T : IArguments, allows ref struct
    {
        foreach (Selector selector in (Selector[])[Root, .. Selectors])
            if (selector.ReachesAll(needed) && selector.Check(command, arguments).Kind == DenialKind.None)
                return true;
        return false;
    }

    /// <summary>True when he may still listen to a channel, or to a pattern.</summary>
    public bool MayListen(ReadOnlySpan<byte> channel, bool isPattern)
    {
        foreach (Selector selector in (Selector[])[Root, .. Selectors])
            if (selector.ReachesChannel(channel, isPattern)) return true;
        return false;
    }
}
