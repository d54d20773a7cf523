using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|LIST", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Scope = CommandScope.AllCores,
        Syntax =
            "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID <client-id [client-id ...]>] [USER username] "
            + "[ADDR ip:port] [LADDR ip:port] [SKIPME yes/no] [MAXAGE maxage] [NAME name] [IDLE idle] "
            + "[FLAGS flags] [LIB-NAME lib-name] [LIB-VER lib-version] [DB db] [IP ip] [NOT-ID client-id] "
            + "[NOT-TYPE type] [NOT-USER username] [NOT-ADDR ip:port] [NOT-LADDR ip:port] [NOT-NAME name] "
            + "[NOT-FLAGS flags] [NOT-LIB-NAME lib-name] [NOT-LIB-VER lib-version] [NOT-DB db] [NOT-IP ip]",
        Arguments =
            "normal_master_replica_pubsub@5.0.0 normal master replica pubsub id@6.2.0 client-id "
            + "username@8.1.0 ip\\:port@8.1.0 ip\\:port@8.1.0 yes/no@8.1.0 maxage:integer@8.1.0 name@8.1.0 "
            + "idle:integer@8.1.0 flags@8.1.0 lib-name@8.1.0 lib-version@8.1.0 db:integer@8.1.0 ip@8.1.0 "
            + "client-id@9.0.0 type@9.0.0 username@9.0.0 ip\\:port@9.0.0 ip\\:port@9.0.0 name@9.0.0 "
            + "flags@9.0.0 lib-name@9.0.0 lib-version@9.0.0 db:integer@9.0.0 ip@9.0.0",
        Since = "2.4.0",
        Group = "connection",
        Complexity = "O(N) where N is the number of client connections",
        Summary = "Get the list of client connections",
        Tips = ["nondeterministic_output"],
        History =
        [
            ("2.8.12", "Added unique client `id` field."),
            ("5.0.0", "Added optional `TYPE` filter."),
            ("6.0.0", "Added `user` field."),
            ("6.2.0",
            "Added `argv-mem`, `tot-mem`, `laddr` and `redir` fields and the optional `ID` filter."),
            ("7.0.0", "Added `resp`, `multi-mem`, `rbs` and `rbp` fields."),
            ("7.0.3", "Added `ssub` field."),
            ("8.1.0", "Added the filters of `CLIENT KILL`, as in Valkey."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!ClientFilter.TryRead(context, kills: false, out ClientFilter filter)) return;
        ClientLines.Reply(context, context.Server.Clients.All.OrderBy(s => s.Id)
            .Where(s => filter.Matches(s, context.Session)));
    }
}
