using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Introspection;

internal sealed class CommandListCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("COMMAND|LIST", -2,
        CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.Connection)
    {
        Syntax = "[FILTERBY <MODULE module-name | ACLCAT category | PATTERN pattern>]",
        Arguments = "filterby module-name category pattern",
        Since = "7.0.0",
        Group = "server",
        Complexity = "O(N) where N is the total number of Redis commands",
        Summary = "Get an array of Redis command names",
        Tips = ["nondeterministic_output_order"],
    };

    public static void Execute(CommandContext context)
    {
        bool all = context.ArgumentCount == 2;
        if (!all && (context.ArgumentCount != 5 || !context.Is(2, "FILTERBY"u8) || !IsFilter(context)))
        {
            context.Reply.Error(ErrorText.Syntax);
            return;
        }

        int count = 0;
        foreach (Command command in context.Server.Commands.AllCallable)
        {
            if (all || Passes(context, command)) count++;
        }

        context.Reply.ArrayHeader(count);
        foreach (Command command in context.Server.Commands.AllCallable)
        {
            if (all || Passes(context, command)) context.Reply.BulkAscii(SpecText.Name(command.Spec));
        }
    }

    private static bool IsFilter(CommandContext context) =>
        context.Is(3, "MODULE"u8) || context.Is(3, "ACLCAT"u8) || context.Is(3, "PATTERN"u8);

    // No command comes from a module, so that filter passes none.
    private static bool Passes(CommandContext context, Command command)
    {
        if (context.Is(3, "PATTERN"u8))
            return Glob.Matches(context.Argument(4), command.Utf8Name.Span, ignoreCase: true);
        return context.Is(3, "ACLCAT"u8)
            && (SpecText.Categories(command.Spec) & SpecText.CategoryOf(context.Argument(4))) != 0;
    }
}
