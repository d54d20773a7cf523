using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class ClientListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("CLIENT|LIST", -2,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Scope = CommandScope.AllCores,
        Syntax = "[TYPE <NORMAL | MASTER | REPLICA | PUBSUB>] [ID <client-id [client-id ...]>]",
        Arguments = "normal_master_replica_pubsub@5.0.0 normal master replica pubsub id@6.2.0 client-id",
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
        ],
    };

    public static void Execute(CommandContext context)
    {
        IEnumerable<Session> sessions = context.Server.Clients.All.OrderBy(s => s.Id);
        if (context.ArgumentCount == 2)
        {
            ClientLines.Reply(context, sessions);
        }
        else if (context.ArgumentCount == 4 && context.Is(2, "TYPE"u8))
        {
            ReadOnlySpan<byte> word = context.Argument(3);
            if (ClientTypes.TryRead(word, out ClientType type))
                ClientLines.Reply(context, sessions.Where(s => ClientTypes.Of(s) == type));
            else
                context.Reply.Error($"ERR Unknown client type '{Encoding.UTF8.GetString(word)}'");
        }
        else if (context.ArgumentCount > 3 && context.Is(2, "ID"u8))
        {
            var ids = new HashSet<long>();
            for (int i = 3; i < context.ArgumentCount; i++)
            {
                if (!context.TryInteger(i, out long id, "ERR Invalid client ID")) return;
                ids.Add(id);
            }

            ClientLines.Reply(context, sessions.Where(s => ids.Contains(s.Id)));
        }
        else
        {
            context.Reply.Error(ErrorText.Syntax);
        }
    }
}
