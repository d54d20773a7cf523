using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandInfoCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|INFO", -2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "[command-name [command-name ...]]",
        Since = "2.8.13",
        Group = "server",
        Complexity = "O(N) where N is the number of commands to look up",
        Summary = "Get array of specific Redis command details, or all when no argument is given.",
        Tips = ["nondeterministic_output_order"],
        History =
        [
            ("7.0.0", "Allowed to be called with no argument to get info on all commands."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount == 2)
        {
            ReplyAll(context);
            return;
        }

        context.Reply.ArrayHeader(context.ArgumentCount - 2);
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            if (context.Server.Commands.FindByFullName(context.Argument(i)) is { } command)
                InfoReply.Write(context.Reply, command);
            else
                context.Reply.Null();
        }
    }

    /// <summary>The entries of all commands: the reply to COMMAND.</summary>
    internal static void ReplyAll(CommandContext context)
    {
        context.Reply.ArrayHeader(context.Server.Commands.Callable.Count);
        foreach (Command command in context.Server.Commands.Callable) InfoReply.Write(context.Reply, command);
    }
}
