using System.Text;
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
            "<ip:port | <[ID client-id] | [TYPE <NORMAL | MASTER | SLAVE | REPLICA | PUBSUB>] | [USER "
            + "username] | [ADDR ip:port] | [LADDR ip:port] | [SKIPME yes/no] | [MAXAGE maxage] | [NAME "
            + "name] | [IDLE idle] | [FLAGS flags] | [LIB-NAME lib-name] | [LIB-VER lib-version] | [DB db] "
            + "| [IP ip] | [NOT-ID client-id] | [NOT-TYPE type] | [NOT-USER username] | [NOT-ADDR ip:port] "
            + "| [NOT-LADDR ip:port] | [NOT-NAME name] | [NOT-FLAGS flags] | [NOT-LIB-NAME lib-name] | "
            + "[NOT-LIB-VER lib-version] | [NOT-DB db] | [NOT-IP ip]> [<[ID client-id] | [TYPE <NORMAL | "
            + "MASTER | SLAVE | REPLICA | PUBSUB>] | [USER username] | [ADDR ip:port] | [LADDR ip:port] | "
            + "[SKIPME yes/no] | [MAXAGE maxage] | [NAME name] | [IDLE idle] | [FLAGS flags] | [LIB-NAME "
            + "lib-name] | [LIB-VER lib-version] | [DB db] | [IP ip] | [NOT-ID client-id] | [NOT-TYPE type] "
            + "| [NOT-USER username] | [NOT-ADDR ip:port] | [NOT-LADDR ip:port] | [NOT-NAME name] | "
            + "[NOT-FLAGS flags] | [NOT-LIB-NAME lib-name] | [NOT-LIB-VER lib-version] | [NOT-DB db] | "
            + "[NOT-IP ip]> ...]>",
        Arguments =
            "filter ip\\:port!2.8.12 new-format client-id@2.8.12 normal_master_slave_pubsub@2.8.12 normal "
            + "master@3.2.0 slave replica@5.0.0 pubsub username ip\\:port ip\\:port@6.2.0 yes/no "
            + "maxage:integer@7.4.0 name@8.1.0 idle:integer@8.1.0 flags@8.1.0 lib-name@8.1.0 "
            + "lib-version@8.1.0 db:integer@8.1.0 ip@8.1.0 client-id@9.0.0 type@9.0.0 username@9.0.0 "
            + "ip\\:port@9.0.0 ip\\:port@9.0.0 name@9.0.0 flags@9.0.0 lib-name@9.0.0 lib-version@9.0.0 "
            + "db:integer@9.0.0 ip@9.0.0",
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
            ("7.4.0", "`MAXAGE` option."),
            ("8.1.0", "More options and several IDs, as in Valkey."),
            ("9.0.0", "Options that begin with `NOT-`, as in Valkey."),
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

        if (ClientFilter.TryRead(context, kills: true, out ClientFilter filter))
            context.Reply.Integer(UserClients.Close(context, s => filter.Matches(s, context.Session)));
    }
}
