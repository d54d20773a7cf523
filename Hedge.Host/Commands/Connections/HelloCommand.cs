using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Resp;

namespace Hedge.Host.Commands.Connections;

internal sealed class HelloCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("HELLO", -1,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast |
        CommandFlags.NoAuth | CommandFlags.AllowBusy,
        AclCategory.Connection)
    {
        Secrets = SecretArguments.AuthOption,
        Syntax = "[protover [AUTH username password] [SETNAME clientname]]",
        Arguments = "arguments protover:integer username_password username password clientname",
        Since = "6.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Handshake with Redis",
        History =
        [
            ("6.2.0",
            "`protover` made optional; when called without arguments the command reports the current " +
            "connection's context."),
        ],
    };

    private const string Unauthenticated = "NOAUTH HELLO must be called with the client already "
        + "authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate "
        + "the client and select the RESP protocol version at the same time";

    public static void Execute(CommandContext context)
    {
        Session session = context.Session;
        long protocol = session.Protocol;
        if (context.ArgumentCount > 1)
        {
            const string problem = "ERR Protocol version is not an integer or out of range";
            if (!context.TryInteger(1, out protocol, problem)) return;
            if (protocol is < 2 or > 3)
            {
                context.Reply.Error("NOPROTO unsupported protocol version");
                return;
            }
        }

        if (!TryReadOptions(context, out int credentials, out string? name)) return;
        if (credentials > 0 && !Authentication.TryLogIn(context, context.Argument(credentials),
            context.Argument(credentials + 1))) return;

        if (context.Server.RequiresAuthentication(session))
        {
            context.Reply.Error(Unauthenticated);
            return;
        }

        if (name != null) session.Name = name;
        session.Protocol = context.Reply.Protocol = (int)protocol;
        WriteReply(context.Reply, session);
    }

    // Errors leave the session as it is, so all options are read before any takes effect.
    private static bool TryReadOptions(CommandContext context, out int credentials, out string? name)
    {
        credentials = 0;
        name = null;
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            int more = context.ArgumentCount - 1 - i;
            if (more >= 2 && context.Is(i, "AUTH"u8))
            {
                credentials = i + 1;
                i += 2;
            }
            else if (more >= 1 && context.Is(i, "SETNAME"u8))
            {
                if (!ClientNames.TryRead(context.Argument(++i), out name))
                {
                    context.Reply.Error(ClientNames.Invalid);
                    return false;
                }
            }
            else
            {
                string word = Encoding.UTF8.GetString(context.Argument(i));
                context.Reply.Error($"ERR Syntax error in HELLO option '{word}'");
                return false;
            }
        }

        return true;
    }

    private static void WriteReply(RespWriter reply, Session session)
    {
        reply.MapHeader(7);
        reply.Bulk("server"u8);
        reply.Bulk("redis"u8);
        reply.Bulk("version"u8);
        reply.BulkAscii(Server.RedisVersion);
        reply.Bulk("proto"u8);
        reply.Integer(session.Protocol);
        reply.Bulk("id"u8);
        reply.Integer(session.Id);
        reply.Bulk("mode"u8);
        reply.Bulk("standalone"u8);
        reply.Bulk("role"u8);
        reply.Bulk("master"u8);
        reply.Bulk("modules"u8);
        reply.ArrayHeader(0);
    }
}
