using System.Net;
using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Commands.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

/// <summary>
/// The clients that CLIENT KILL and CLIENT LIST are asked for. All filters must match. A filter given twice
/// counts as it was given last, but IDs add up. With NOT- before its name a filter wants all other clients.
/// </summary>
internal sealed class ClientFilter
{
    private const string Negation = "NOT-";

    // What a client must be, by the name of the filter.
    private readonly Dictionary<string, Predicate<Session>> _wanted = [];
    private readonly HashSet<long> _ids = [];
    private readonly HashSet<long> _otherIds = [];
    private bool _skipsMe;

    private ClientFilter(bool skipsMe) => _skipsMe = skipsMe;

    /// <summary>The start of the filters with a text.</summary>
    private delegate string? TextOf(Session session);

    /// <summary>Reads all arguments from index 2 on. False after an error.</summary>
    /// <param name="context">The command.</param>
    /// <param name="kills">True for CLIENT KILL, which spares the client that asks, and has errors of its
    /// own.</param>
    /// <param name="filter">The filter.</param>
    public static bool TryRead(CommandContext context, bool kills, out ClientFilter filter)
    {
        filter = new ClientFilter(skipsMe: kills);
        for (int i = 2; i < context.ArgumentCount;)
        {
            string name = Encoding.Latin1.GetString(context.Argument(i)).ToUpperInvariant();
            string? problem = i + 1 == context.ArgumentCount ? ErrorText.Syntax
                : name is "ID" or "NOT-ID" ? filter.AddIds(context, name == "ID", kills, ref i)
                : filter.Add(context, name, i);
            if (problem == null)
            {
                i += 2;
                continue;
            }

            context.Reply.Error(problem);
            return false;
        }

        return true;
    }

    /// <summary>True for a client that is asked for.</summary>
    public bool Matches(Session session, Session self)
    {
        if (_skipsMe && session == self) return false;
        if (_ids.Count > 0 && !_ids.Contains(session.Id)) return false;
        if (_otherIds.Contains(session.Id)) return false;
        foreach ((_, Predicate<Session> isWanted) in _wanted)
            if (!isWanted(session)) return false;
        return true;
    }

    // One ID, and the numbers behind it. Leaves the index at the last but one argument.
    private string? AddIds(CommandContext context, bool wanted, bool kills, ref int index)
    {
        HashSet<long> ids = wanted ? _ids : _otherIds;
        for (int first = index; ; index++)
        {
            bool isId = Numbers.TryParseInt64(context.Argument(index + 1), out long id) && (id > 0 || !kills);
            if (!isId && index > first && (kills || IsName(context.Argument(index + 1))))
            {
                index--;
                return null;
            }

            if (!isId) return kills ? "ERR client-id should be greater than 0" : "ERR Invalid client ID";
            ids.Add(id);
            if (index + 2 == context.ArgumentCount) return null;
        }
    }

    private string? Add(CommandContext context, string name, int index)
    {
        ReadOnlySpan<byte> value = context.Argument(index + 1);
        bool wanted = !name.StartsWith(Negation, StringComparison.Ordinal);
        long now = context.NowMilliseconds;
        switch (wanted ? name : name[Negation.Length..])
        {
            case "TYPE":
                if (!ClientTypes.TryRead(value, out ClientType type))
                    return $"ERR Unknown client type '{Encoding.UTF8.GetString(value)}'";
                _wanted[name] = session => (ClientTypes.Of(session) == type) == wanted;
                return null;
            case "USER":
                string user = Encoding.Latin1.GetString(value);
                if (context.Server.Users.Find(user) is not { } known)
                    return $"ERR No such user '{AclText.Shown(user)}'";
                _wanted[name] = session => ((session.User?.Name ?? User.DefaultName) == known.Name) == wanted;
                return null;
            case "DB":
                if (!Numbers.TryParseInt64(value, out long database) || database < 0
                    || database >= context.Databases.Count) return "ERR DB index is out of range";
                _wanted[name] = session => (session.Database == database) == wanted;
                return null;
            case "FLAGS":
                string flags = Encoding.Latin1.GetString(value);
                _wanted[name] = session => HasAll(ClientLine.Flags(session), flags) == wanted;
                return null;
            case "ADDR":
                return Want(name, value, wanted, session => ClientAddress.Text(session.Remote));
            case "LADDR":
                return Want(name, value, wanted, session => ClientAddress.Text(session.Local));
            case "IP":
                return Want(name, value, wanted, session =>
                    session.Remote is IPEndPoint internet ? internet.Address.ToString() : null);
            case "NAME":
                return Want(name, value, wanted, session => session.Name);
            case "LIB-NAME":
                return Want(name, value, wanted, session => session.LibraryName);
            case "LIB-VER":
                return Want(name, value, wanted, session => session.LibraryVersion);
            case "MAXAGE" when wanted:
                return WantOlder(name, value, session => now - session.CreatedMilliseconds);
            case "IDLE" when wanted:
                return WantOlder(name, value, session => now - session.LastCommandMilliseconds);
            case "SKIPME" when wanted:
                _skipsMe = AsciiText.EqualsIgnoreCase(value, "YES"u8);
                return _skipsMe || AsciiText.EqualsIgnoreCase(value, "NO"u8) ? null : ErrorText.Syntax;
            default:
                return ErrorText.Syntax;
        }
    }

    private string? Want(string name, ReadOnlySpan<byte> value, bool wanted, TextOf text)
    {
        // A Unix socket's path is text; what clients say of themselves is bytes.
        string asked = (name.EndsWith("ADDR", StringComparison.Ordinal) ? Encoding.UTF8 : Encoding.Latin1)
            .GetString(value);
        _wanted[name] = session => ((text(session) ?? "") == asked) == wanted;
        return null;
    }

    private string? WantOlder(string name, ReadOnlySpan<byte> value, Func<Session, long> milliseconds)
    {
        if (!Numbers.TryParseInt64(value, out long seconds) || seconds < 1)
            return $"ERR {name} is a number of seconds, 1 or more";
        _wanted[name] = session => milliseconds(session) / 1000 >= seconds;
        return null;
    }

    private static bool HasAll(string flags, string asked)
    {
        foreach (char flag in asked)
            if (!flags.Contains(flag, StringComparison.Ordinal)) return false;
        return true;
    }

    // What a filter's name looks like: not a number, which would be one more ID.
    private static bool IsName(ReadOnlySpan<byte> word)
    {
        string name = Encoding.Latin1.GetString(word).ToUpperInvariant();
        if (name.StartsWith(Negation, StringComparison.Ordinal)) name = name[Negation.Length..];
        return name is "ID" or "TYPE" or "USER" or "DB" or "FLAGS" or "ADDR" or "LADDR" or "IP" or "NAME"
            or "LIB-NAME" or "LIB-VER" or "MAXAGE" or "IDLE" or "SKIPME";
    }
}
