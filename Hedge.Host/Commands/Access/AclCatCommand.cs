using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Access;

internal sealed class AclCatCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("ACL|CAT", -2,
        CommandFlags.NoScript | CommandFlags.Loading | CommandFlags.Stale,
        AclCategory.None)
    {
        Syntax = "[categoryname]",
        Since = "6.0.0",
        Group = "server",
        Complexity = "O(1) since the categories and commands are a fixed set.",
        Summary = "List the ACL categories or the commands inside a category",
    };

    public static void Execute(CommandContext context)
    {
        if (context.ArgumentCount > 3)
        {
            Subcommands.WrongNumber(context);
            return;
        }

        if (context.ArgumentCount == 2)
        {
            string[] all = [.. SpecText.Names((AclCategory)((1 << SpecText.CategoryCount) - 1))];
            context.Reply.ArrayHeader(all.Length);
            foreach (string name in all) context.Reply.BulkAscii(name[1..]);
            return;
        }

        AclCategory category = SpecText.CategoryOf(context.Argument(2));
        if (category == AclCategory.None)
        {
            AclText.Fail(context, $"ERR Unknown category '{AclText.Shown(context.Argument(2))}'");
            return;
        }

        Command[] commands =
            [.. context.Server.Commands.All.Where(c => (SpecText.Categories(c.Spec) & category) != 0)];
        context.Reply.ArrayHeader(commands.Length);
        foreach (Command command in commands) context.Reply.BulkAscii(command.LowerName);
    }
}
