using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

internal sealed class SelectCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("SELECT", 2,
        CommandFlags.Loading | CommandFlags.Stale | CommandFlags.Fast,
        AclCategory.Connection)
    {
        Syntax = "index",
        Since = "1.0.0",
        Group = "connection",
        Complexity = "O(1)",
        Summary = "Change the selected database for the current connection",
    };

    private const string NotInt32 =
        "ERR value is out of range, value must between -2147483648 and 2147483647";

    public static void Execute(CommandContext context)
    {
        if (!context.TryInteger(1, out long database)) return;
        if (database != (int)database)
        {
            context.Reply.Error(NotInt32);
        }
        else if (database < 0 || database >= context.Databases.Count)
        {
            context.Reply.Error(ErrorText.DatabaseOutOfRange);
        }
        else
        {
            context.Session.Database = (int)database;
            context.Reply.Ok();
        }
    }
}
