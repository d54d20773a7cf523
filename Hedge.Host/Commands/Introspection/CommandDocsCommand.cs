using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandDocsCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|DOCS", -2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "[command-name [command-name ...]]",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(N) where N is the number of commands to look up",
        Summary = "Get array of specific Redis command documentation",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount == 2)
        {
            ReplyWith(context, context.Server.Commands.Callable);
            return;
        }

        var found = new List<Command>();
        for (int i = 2; i < context.ArgumentCount; i++)
        {
            Command? command = context.Server.Commands.FindByFullName(context.Argument(i));
            if (command != null) found.Add(command);
        }

        ReplyWith(context, found);
    }

    private static void ReplyWith(CommandContext context, IReadOnlyList<Command> commands)
    {
        context.Reply.MapHeader(commands.Count);
        foreach (Command command in commands) DocsReply.Write(context.Reply, command);
    }
}
