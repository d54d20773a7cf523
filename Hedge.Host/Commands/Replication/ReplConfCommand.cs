using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class ReplConfCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("REPLCONF", -1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale
            | CommandFlags.AllowBusy,
        AclCategory.None)
    {
        Syntax = "",
        Since = "3.0.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "An internal command for configuring the replication stream",
        IsSystemCommand = true,
    };

    // What replicas say of themselves is refused; redis-cli --rdb asks for a file and no more.
    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount % 2 == 0)
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        for (int i = 1; i < context.ArgumentCount; i += 2)
        {
            if (context.Is(i, "CAPA"u8)) continue;
            if (context.Is(i, "RDB-ONLY"u8))
            {
                if (!context.TryInteger(i + 1, out long wants)) return;
                context.Session.WantsRdbOnly = wants != 0;
            }
            else if (context.Is(i, "RDB-FILTER-ONLY"u8))
            {
                if (!TryFilter(context, i + 1)) return;
            }
            else
            {
                context.Reply.Error(ReplicaOfCommand.Missing);
                return;
            }
        }

        context.Reply.Ok();
    }

    private static bool TryFilter(CommandContext context, int index)
    {
        context.Session.WantsFunctionsOnly = context.Is(index, "FUNCTIONS"u8);
        if (context.Session.WantsFunctionsOnly || context.Argument(index).IsEmpty) return true;
        ReplyText.Error(context, "ERR Unsupported rdb-filter-only option: "u8, context.Argument(index));
        return false;
    }
}
