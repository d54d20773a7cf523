using System.Text;
using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Commands.Access;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientKillCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|KILL", -3,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Scope = CommandScope.AllCores,
        Syntax =
            "<ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | " +
            "[USER username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no]> [<[ID client-id] " +
            "| [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR " +
            "ip:port] | [LADDR ip:port] | [SKIPME yes/no]> ...]>",
        Arguments =
            "filter ip\\:port!2.8.12 new-format client-id@2.8.12 normal_master_slave_pubsub@2.8.12 " +
            "normal master@3.2.0 slave replica@5.0.0 pubsub username ip\\:port ip\\:port@6.2.0 yes/no",
        Since = "2.4.0",
        Group = "connection",
        Complexity = "O(N) where N is the number of client connections",
        Summary = "Kill the connection of a client",
        History =
        [
            ("2.8.12", "Added new filter format."),
            ("2.8.12", "`ID` option."),
            ("3.2.0", "Added `master` type in for `TYPE` option."),
            ("5.0.0",
            "Replaced `slave` `TYPE` with `replica`. `slave` still supported for backward " +
            "compatibility."),
            ("6.2.0", "`LADDR` option."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount == 3)
        {
            string address = Encoding.UTF8.GetString(context.Argument(2));
            bool found = UserClients.Close(context, s => ClientAddress.Text(s.Remote) == address) > 0;
            if (found) context.Reply.Ok();
            else context.Reply.Error("ERR No such client");
            return;
        }

        var filter = new Filter();
        for (int i = 2; i < context.ArgumentCount; i += 2)
        {
            string? problem = i + 1 < context.ArgumentCount ? filter.Add(context, i) : ErrorText.Syntax;
            if (problem == null) continue;
            context.Reply.Error(problem);
            return;
        }

        context.Reply.Integer(UserClients.Close(context, s => filter.Matches(s, context.Session)));
    }

    private sealed class Filter
    {
        private long? _id;
        private ClientType? _type;
        private string? _remote;
        private string? _local;
        private string? _user;
        private bool _skipsMe = true;

        /// <summary>Reads the option at <paramref name="index"/> with its value; answers the error or
        /// null.</summary>
        public string? Add(CommandContext context, int index)
        {
            ReadOnlySpan<byte> value = context.Argument(index + 1);
            if (context.Is(index, "ID"u8))
            {
                if (!Numbers.TryParseInt64(value, out long id) || id < 1)
                    return "ERR client-id should be greater than 0";

                _id = id;
            }
            else if (context.Is(index, "TYPE"u8))
            {
                if (!ClientTypes.TryRead(value, out ClientType type))
                    return $"ERR Unknown client type '{Encoding.UTF8.GetString(value)}'";

                _type = type;
            }
            else if (context.Is(index, "ADDR"u8))
            {
                _remote = Encoding.UTF8.GetString(value);
            }
            else if (context.Is(index, "LADDR"u8))
            {
                _local = Encoding.UTF8.GetString(value);
            }
            else if (context.Is(index, "USER"u8))
            {
                string name = Encoding.Latin1.GetString(value);
                _user = context.Server.Users.Find(name)?.Name;
                if (_user is null) return $"ERR No such user '{AclText.Shown(name)}'";
            }
            else if (context.Is(index, "SKIPME"u8))
            {
                _skipsMe = AsciiText.EqualsIgnoreCase(value, "YES"u8);
                if (!_skipsMe && !AsciiText.EqualsIgnoreCase(value, "NO"u8)) return ErrorText.Syntax;
            }
            else
            {
                return ErrorText.Syntax;
            }

            return null;
        }

        public bool Matches(Session session, Session self) =>
            (_id ?? session.Id) == session.Id
            && (_user == null || _user == (session.User?.Name ?? User.DefaultName))
            && (_type == null || _type == ClientTypes.Of(session))
            && (_remote == null || _remote == ClientAddress.Text(session.Remote))
            && (_local == null || _local == ClientAddress.Text(session.Local))
            && !(_skipsMe && session == self);
    }
}
