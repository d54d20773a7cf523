using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Replication;

internal sealed class FailoverCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("FAILOVER", -1,
        CommandFlags.Admin | CommandFlags.NoScript | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[TO <host port [FORCE]>] [ABORT] [TIMEOUT milliseconds]",
        Arguments = "target host port force abort milliseconds",
        Since = "6.2.0",
        Group = "server",
        Complexity = "O(1)",
        Summary = "Start a coordinated failover between this server and one of its replicas.",
    };

    // There is nobody to hand over to. What can be wrong with a request comes first, as in Redis.
    public static void Execute(CommandContext context)
    {
        bool hasTarget = false, hasTimeout = false, forces = false, aborts = false;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            int left = context.ArgumentCount - i - 1;
            if (!hasTimeout && left >= 1 && context.Is(i, "TIMEOUT"u8))
            {
                if (!context.TryInteger(++i, out long timeout)) return;
                if (timeout <= 0)
                {
                    context.Reply.Error("ERR FAILOVER timeout must be greater than 0");
                    return;
                }

                hasTimeout = true;
            }
            else if (context.ArgumentCount == 2 && context.Is(i, "ABORT"u8))
            {
                aborts = true;
            }
            else if (!hasTarget && left >= 2 && context.Is(i, "TO"u8))
            {
                if (!context.TryInteger(i + 2, out _)) return;
                i += 2;
                hasTarget = true;
            }
            else if (!forces && context.Is(i, "FORCE"u8))
            {
                forces = true;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return;
            }
        }

        context.Reply.Error(
            aborts ? "ERR No failover in progress." : "ERR FAILOVER requires connected replicas.");
    }
}
