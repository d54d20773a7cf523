using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Transactions;

internal sealed class WatchCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("WATCH", -2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast
            | CommandFlags.AllowBusy,
        AclCategory.Transaction,
        KeySpec.From(1, KeyFlags.ReadOnly))
    {
        Traits = CommandTraits.RunsInMulti,
        Syntax = "key [key ...]",
        Since = "2.2.0",
        Group = "transactions",
        Complexity = "O(1) for every key.",
        Summary = "Watch the given keys to determine execution of the MULTI/EXEC block",
    };

    public static void Execute(CommandContext context)
    {
        if (context.Session.Transaction != null)
        {
            context.Reply.Error("ERR WATCH inside MULTI is not allowed");
            return;
        }

        // Nobody would forget the keys of a client that has gone while the command waited.
        bool isGone = context.Request.Client is { IsGone: true };
        for (int i = 1; i < context.ArgumentCount && !isGone; i++)
            context.Transactions!.Watch(context.Session, context.Argument(i));
        context.Reply.Ok();
    }
}
